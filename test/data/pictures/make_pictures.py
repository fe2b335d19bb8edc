"""The pictures in this folder, and in expected.generated.json what Pillow makes of them. Pillow 12.3, NumPy 1.24.

    pip install pillow numpy && python3 make_pictures.py
"""

import base64
import io
import json
import os
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
HEIGHT, WIDTH = 16, 24
cases = []


def waves(height, width, channels):
    """Smooth, so that JPEG keeps it, and different in all corners, so that no turn goes unnoticed."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 60 * np.sin(x * (k + 2) / width * 2 + k) + 60 * np.cos(y * 3 / height + k * x / width) for k in range(channels)]
    return np.stack(planes, -1).clip(0, 255).astype(np.uint8)


RGB = waves(HEIGHT, WIDTH, 3)
GREY = RGB[:, :, 0]
ALPHA = np.linspace(0, 255, HEIGHT * WIDTH).astype(np.uint8).reshape(HEIGHT, WIDTH)
colour = Image.fromarray(RGB)


def save(picture, name, **options):
    picture.save(os.path.join(HERE, name), **options)
    return Image.open(os.path.join(HERE, name))


def expect(name, picture, tolerance=0, **form):
    """`picture`: RGB, L or RGBA, of which the network sees C×H×W bytes. `tolerance`: of a byte, and of the mean of all."""
    values = np.asarray(picture)
    values = values[None] if values.ndim == 2 else values.transpose(2, 0, 1)
    planes = base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
    cases.append({"file": name, "shape": list(values.shape), **form, "tolerance": tolerance, "planes": planes})


def on(background, picture):
    base = Image.new("RGBA", picture.size, background)
    return Image.alpha_composite(base, picture.convert("RGBA")).convert("RGB")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(name, values, depth, colour_type):
    """Depths that Pillow does not write. `values`: H×W×C."""
    rows = values.astype(">u2") if depth == 16 else values.astype(np.uint8)
    lines = [row.tobytes() if depth >= 8 else np.packbits(unpack(row, depth)).tobytes() for row in rows]
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], depth, colour_type, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + line for line in lines))
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def unpack(row, depth):
    return (row.reshape(-1, 1) >> np.arange(depth - 1, -1, -1)) & 1


# Depths and kinds of colour.
expect("grey8.png", save(Image.fromarray(GREY), "grey8.png"))
expect("grey8.png", Image.fromarray(GREY).convert("RGB"))
expect("rgb8.png", save(colour, "rgb8.png"))
expect("rgb8.png", colour.convert("L"), 1)
expect("rgb8.png", colour.convert("RGBA"))
for depth in (1, 2, 4):
    few = (GREY >> (8 - depth)).astype(np.uint8)
    write_png(f"grey{depth}.png", few[:, :, None], depth, 0)
    expect(f"grey{depth}.png", Image.fromarray((few.astype(int) * 255 // (2**depth - 1)).astype(np.uint8)))
deep = GREY.astype(int) * 257 + 0
write_png("grey16.png", deep[:, :, None], 16, 0)
expect("grey16.png", Image.fromarray(GREY))
write_png("rgb16.png", RGB.astype(int) * 256 + 77, 16, 2)
expect("rgb16.png", colour)
for colours in (2, 16, 200):
    few = colour.quantize(colours)
    expect(f"palette{colours}.png", save(few, f"palette{colours}.png").convert("RGB"))

# What is transparent.
clear = Image.fromarray(np.dstack([RGB, ALPHA]))
expect("rgba8.png", on("black", save(clear, "rgba8.png")), 2)
expect("rgba8.png", on("white", clear), 2, background="white")
expect("rgba8.png", clear)
faint = Image.fromarray(np.dstack([GREY, ALPHA]))
expect("greyalpha.png", on("black", save(faint, "greyalpha.png")).convert("L"), 2)
holes = colour.quantize(16)
expect("holes.png", on("white", save(holes, "holes.png", transparency=3)), 1, background="white")

# JPEG: every orientation that a camera notes, grey, progressive.
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = save(colour, f"orientation{orientation}.jpg", quality=92, subsampling=0, exif=exif)
    expect(f"orientation{orientation}.jpg", ImageOps.exif_transpose(turned).convert("RGB"), 2)
expect("grey.jpg", save(Image.fromarray(GREY), "grey.jpg", quality=92), 2)
expect("progressive.jpg", save(colour, "progressive.jpg", quality=92, subsampling=0, progressive=True), 2)

# WebP and GIF, of which the first of several pictures counts.
expect("lossless.webp", save(colour, "lossless.webp", lossless=True).convert("RGB"))
expect("lossy.webp", save(colour, "lossy.webp", quality=95).convert("RGB"), 8)
expect("one.gif", save(colour.quantize(32), "one.gif").convert("RGB"))
frames = [colour.quantize(32), Image.fromarray(255 - RGB).quantize(32)]
frames[0].save(os.path.join(HERE, "two.gif"), save_all=True, append_images=frames[1:], duration=100)
expect("two.gif", Image.open(os.path.join(HERE, "two.gif")).convert("RGB"))
waves_webp = [colour, Image.fromarray(255 - RGB)]
waves_webp[0].save(os.path.join(HERE, "two.webp"), save_all=True, append_images=waves_webp[1:], lossless=True)
expect("two.webp", colour)

# Other sizes, and what is resized in which way. Pillow's Lanczos filter looks at all pixels that a pixel covers, too.
large = Image.fromarray(waves(60, 90, 3))
save(large, "large.png")
for size in ((12, 12), (30, 20), (9, 30)):
    expect("large.png", large.resize(size, Image.LANCZOS), 6, resize="stretch")
    expect("large.png", ImageOps.fit(large, size, Image.LANCZOS), 6, resize="cover")
    expect("large.png", ImageOps.pad(large, size, Image.LANCZOS, color="white"), 6, resize="contain", background="white")
expect("grey8.png", Image.fromarray(GREY).resize((48, 32), Image.LANCZOS), 9, resize="stretch")
# One black pixel of three: whoever picks pixels out instead of averaging sees black or white.
stripes = Image.fromarray(np.tile(np.array([[0, 255, 255]], np.uint8), (30, 20)))
expect("stripes.png", save(stripes, "stripes.png").resize((10, 5), Image.LANCZOS), 12, resize="stretch")

with open(os.path.join(HERE, "expected.generated.json"), "w", encoding="utf-8") as file:
    lines = ",\n".join(json.dumps(case) for case in cases)
    file.write('{"madeBy": "make_pictures.py", "pillow": "%s", "cases": [\n%s\n]}\n' % (PIL.__version__, lines))
print(len(cases), "cases")
