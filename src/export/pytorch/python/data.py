class Random:
    """The generator by which cnnc chooses the images that are held out: xoshiro128**."""

    def __init__(self, seed, stream):
        name = 0x811C9DC5
        for letter in stream:
            name = ((name ^ ord(letter)) * 0x01000193) & 0xFFFFFFFF
        self.state = [mixed(seed, name, k) for k in range(4)]
        self.state[3] |= 1

    def below(self, limit):
        a, b, c, d = self.state
        product = (b * 5) & 0xFFFFFFFF
        turned = ((product << 7) | (product >> 25)) & 0xFFFFFFFF
        result = (turned * 9) & 0xFFFFFFFF
        shifted = (b << 9) & 0xFFFFFFFF
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = ((d << 11) | (d >> 21)) & 0xFFFFFFFF
        self.state = [a, b, c, d]
        return int(limit * (result / 0x100000000))


def mix(bits):
    bits &= 0xFFFFFFFF
    bits = ((bits ^ (bits >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    bits = ((bits ^ (bits >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return bits ^ (bits >> 16)


def mixed(first, second, third):
    return mix(mix(mix(first + 0x9E3779B9) + second + 0x7F4A7C15) + third + 0x165667B1)


def hold_out(count, labels, share, seed):
    """(kept, held): numbers of images; every class gives its share. The same ones that cnnc chooses."""
    order, random = list(range(count)), Random(seed, "validation")
    for i in range(count - 1, 0, -1):
        j = random.below(i + 1)
        order[i], order[j] = order[j], order[i]
    if labels is not None:
        ranks = {label: mixed(seed, label, 0) for label in set(labels)}
        order.sort(key=lambda image: ranks[labels[image]])
    wanted = min(max(math.floor(share * count + 0.5), 1), count - 1)
    held = [(at + 1) * wanted // count > at * wanted // count for at in range(count)]
    kept = sorted(image for image, is_held in zip(order, held) if not is_held)
    return torch.tensor(kept), torch.tensor(sorted(image for image, is_held in zip(order, held) if is_held))


def chosen_of(split, chosen):
    return {key: [values[chosen] for values in lists] for key, lists in split.items()}


def class_labels(split):
    """The classes of the images, where there is one of each."""
    sole = len(TARGETS) == 1 and next(iter(TARGETS.values()))
    return split["targets"][0].tolist() if sole and sole["classes"] and split["targets"][0].dim() == 1 else None


def divided(split, options):
    """Data without test images: a part of every class is held back for the test."""
    text = options.get("split", "0.2")
    share = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    kept, held = hold_out(len(split["inputs"][0]), class_labels(split), share, int(options.get("seed", "1")))
    return chosen_of(split, kept), chosen_of(split, held)


def opened(path):
    return gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")


def only_file(folder, pattern, chosen=None):
    names = sorted(name for name in os.listdir(folder) if re.search(pattern, name))
    names = [name for name in names if not (name.endswith(".gz") and name[:-3] in names)]
    if chosen is not None:
        names = [name for name in names if chosen in re.split(r"[-._]", name)]
    if len(names) != 1:
        sys.exit(f"{folder} should have one file like {pattern}, and has {', '.join(names) or 'none'}")
    return os.path.join(folder, names[0])


def read_idx(path):
    with opened(path) as file:
        data = file.read()
    shape = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape).copy())


def read_mnist(folder, options):
    """The four IDX files, gzipped or not; those of EMNIST have rows for columns."""
    parts = []
    for name in ("train", "(t10k|test)"):
        images = read_idx(only_file(folder, rf"(^|-){name}-images[-.]idx3-ubyte(\.gz)?$", options.get("set")))
        labels = read_idx(only_file(folder, rf"(^|-){name}-labels[-.]idx1-ubyte(\.gz)?$", options.get("set")))
        images = images.transpose(1, 2).contiguous() if "transpose" in options else images
        parts.append({"inputs": [images.unsqueeze(1)], "targets": [labels]})
    return parts


def read_records(folder, pattern, labels, options):
    found = {}
    for name in sorted(os.listdir(folder)):
        match = re.match(pattern, name)
        if match and ("set" not in options or options["set"] in re.split(r"[-._]", name)):
            found.setdefault(match[1], os.path.join(folder, name))
    if not found:
        sys.exit(f"{folder} has no files of the binary version of CIFAR")
    records = []
    for path in found.values():
        with opened(path) as file:
            records.append(np.frombuffer(file.read(), np.uint8).reshape(-1, labels + 3072))
    values = torch.from_numpy(np.concatenate(records))
    return {"inputs": [values[:, labels:].reshape(-1, 3, 32, 32)], "targets": [values[:, labels - 1].clone()]}


def read_cifar10(folder, options):
    patterns = (r"(data_batch_\d).*\.bin(\.gz)?$", r"(test_batch).*\.bin(\.gz)?$")
    return [read_records(folder, pattern, 1, options) for pattern in patterns]


def read_cifar100(folder, options):
    return [read_records(folder, pattern, 2, options) for pattern in (r"(train).*\.bin(\.gz)?$", r"(test).*\.bin(\.gz)?$")]


def scaled_images(values, shape, options, name):
    """Images as the network takes them: channels first, bytes or real numbers."""
    values = np.asarray(values)
    if values.ndim == len(shape) and len(shape) == 3 and shape[0] == 1:
        values = values[:, None]
    rows = values.reshape(len(values), -1)
    if values.shape[1:] != tuple(shape) and values.ndim > 2 and values.shape[1:] == (*shape[1:], shape[0]):
        if options.get("layout") != "nchw":
            rows = np.moveaxis(values, -1, 1).reshape(len(values), -1)
    elif options.get("layout") == "nhwc" and len(shape) == 3:
        rows = rows.reshape(-1, shape[1], shape[2], shape[0]).transpose(0, 3, 1, 2).reshape(len(values), -1)
    if rows.shape[1] != math.prod(shape):
        sys.exit(f"an image of {name} has {rows.shape[1]} values, and the network takes {list(shape)}")
    low, high = float(rows.min()), float(rows.max())
    whole = rows.dtype.kind in "iub" or (options.get("kind") == "text" and not np.mod(rows, 1).any())
    scale = options.get(f"scale_{name}", options.get("scale"))
    if scale is None:
        if low >= -1 and high <= 1 or not whole and low >= -16 and high <= 16:
            scale = 1
        elif whole and low >= 0 and high <= 255:
            scale = 255
        else:
            sys.exit(f"the values of {name} lie between {low:g} and {high:g}: add scale=N, what they are divided by")
    if float(scale) == 255 and rows.dtype == np.uint8:
        return torch.from_numpy(np.ascontiguousarray(rows).reshape(-1, *shape))
    return torch.from_numpy(np.ascontiguousarray(rows.astype(np.float32) / np.float32(scale)).reshape(-1, *shape))


def target_values(values, kind, options, name):
    values = np.asarray(values)
    if not kind["classes"]:
        if len(kind["shape"]) > 1:
            return scaled_images(values, kind["shape"], options, name)
        return torch.from_numpy(values.astype(np.float32).reshape(len(values), *kind["shape"]))
    if not kind["shape"] and values.ndim == 2 and values.shape[1] == kind["classes"] > 1:
        values = values.argmax(1)
    return torch.from_numpy(values.astype(np.int64).reshape(len(values), *kind["shape"]))


def read_npz(path, options):
    """x_train, y_train, x_test, y_test; or x and y alone; with several inputs or targets, their names in place of x and y."""
    if os.path.isdir(path):
        arrays = {name[:-4]: np.load(os.path.join(path, name)) for name in os.listdir(path) if name.endswith(".npy")}
    else:
        arrays = np.load(path)

    def named(name, single, part, alone):
        for base in [single, name] if alone else [name]:
            if base + part in arrays:
                return arrays[base + part]
        sys.exit(f"{path} has no array {(single if alone else name) + part}; it has {', '.join(arrays)}")

    parts = []
    whole = not any(key.endswith("_train") for key in arrays)
    for part in [""] if whole else ["_train", "_test"] if any(key.endswith("_test") for key in arrays) else ["_train"]:
        inputs = [
            scaled_images(named(name, "x", part, len(INPUTS) == 1), shape, options, name) for name, shape in INPUTS.items()
        ]
        targets = [
            target_values(named(name, "y", part, len(TARGETS) == 1), kind, options, name) for name, kind in TARGETS.items()
        ]
        parts.append({"inputs": inputs, "targets": targets})
    return parts if len(parts) == 2 else divided(parts[0], options)


def is_number(field):
    try:
        return math.isfinite(float(field))
    except ValueError:
        return False


def is_word(field):
    return not re.fullmatch(r"|[+-]?(nan|inf(inity)?|null|none|na|n/a)", field, re.IGNORECASE) and not is_number(field)


def holds_titles(fields, path, options):
    if "header" in options or "noheader" in options:
        return "header" in options
    words = [not is_number(field) for field in fields if field]
    if any(words) and not all(words):
        sys.exit(f"{path}, line 1 holds words and numbers: add header where it holds titles, or noheader where it holds an image")
    return all(words)


def label_column(titles, fields, path, options):
    last = len(fields) - 1
    if "label" not in options:
        named = [k for k, title in enumerate(titles) if re.fullmatch("labels?|class|target|y", title, re.IGNORECASE)]
        worded = [k for k in (0, last) if is_word(fields[k])]
        return named[0] if len(named) == 1 else worded[0] if len(worded) == 1 else 0
    label = options["label"]
    if label in titles:
        return titles.index(label)
    column = {"first": 0, "last": last}.get(label, int(label) - 1 if label.isdecimal() else -1)
    if not 0 <= column <= last:
        sys.exit(f"{path} has no column {label}: write label=first, label=last, a title, or a number from 1")
    return column


def read_table(path, options):
    """(pixels, labels): one image a line; labels are the texts that stand there."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = [line.strip("\r\n") for line in file if line.strip()]
    separator = next((mark for mark in ";\t," if lines and mark in lines[0]), " ")
    lines = [line.strip() for line in lines] if separator == " " else lines
    rows = [[field.strip() for field in row] for row in csv.reader(lines, delimiter=separator, skipinitialspace=True)]
    titles = rows.pop(0) if rows and holds_titles(rows[0], path, options) else []
    if not rows:
        sys.exit(f"{path} holds no images")
    column = label_column(titles, rows[0], path, options)
    labels = [row.pop(column) if len(row) > column else "" for row in rows]
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]) or not all(map(is_number, row)):
            sys.exit(f"{path}: image {number} should have a label and {len(rows[0])} numbers")
    return np.array(rows, np.float64), labels


def class_numbers(tables, path):
    """Labels as numbers; words are names of classes, numbered in the order of the alphabet."""
    labels = [label for _, column in tables for label in column]
    if all(map(is_number, labels)):
        return [np.array(column, np.float64) for _, column in tables]
    if not all(map(is_word, labels)):
        sys.exit(f"the labels of {path} are neither all numbers nor all words")
    names, wanted = sorted(set(labels)), next(iter(TARGETS.values()))["classes"]
    if len(names) != wanted:
        sys.exit(f"{path} has {len(names)} classes ({', '.join(names[:6])}), and the network has {wanted}")
    say("classes: " + ", ".join(f"{number} {name}" for number, name in enumerate(names)))
    return [np.array([names.index(label) for label in column]) for _, column in tables]


def read_csv(path, options):
    """One image a line: its label and its pixels."""
    tables = [read_table(name, options) for name in [path, *([options["test"]] if "test" in options else [])]]
    (name, shape), kind = next(iter(INPUTS.items())), next(iter(TARGETS.values()))
    parts = [
        {
            "inputs": [scaled_images(pixels, shape, {**options, "kind": "text"}, name)],
            "targets": [target_values(labels, kind, options, "label")],
        }
        for (pixels, _), labels in zip(tables, class_numbers(tables, path))
    ]
    return parts if len(parts) == 2 else divided(parts[0], options)


def read_images(folder, options):
    """A folder of pictures for each class. Pictures need a decoder, the package Pillow."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        sys.exit("pictures are decoded by Pillow: pip install pillow")
    channels, height, width = next(iter(INPUTS.values()))
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    how = options.get("resize", "cover")
    if how not in ("cover", "contain", "stretch"):
        sys.exit(f"resize={how} is unknown: write cover, contain or stretch")

    def picture(path):
        image = ImageOps.exif_transpose(Image.open(path))
        if image.size != (width, height):
            if how == "stretch":
                image = image.convert(mode).resize((width, height), Image.BICUBIC)
            elif how == "cover":
                image = ImageOps.fit(image.convert(mode), (width, height), Image.BICUBIC)
            else:
                image = ImageOps.pad(image.convert(mode), (width, height), Image.BICUBIC, options.get("background", "black"))
        values = np.asarray(image.convert(mode), np.uint8).reshape(height, width, channels)
        return torch.from_numpy(values.transpose(2, 0, 1).copy())

    def split(place, classes):
        images, labels = [], []
        for label, name in enumerate(classes):
            for file in sorted(os.listdir(os.path.join(place, name))):
                if re.search(r"\.(png|jpe?g|webp|gif)$", file, re.IGNORECASE):
                    images.append(picture(os.path.join(place, name, file)))
                    labels.append(label)
        return {"inputs": [torch.stack(images)], "targets": [torch.tensor(labels)]}

    names = sorted(name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name)))
    if "train" not in names:
        return divided(split(folder, names), options)
    classes = sorted(os.listdir(os.path.join(folder, "train")))
    train = split(os.path.join(folder, "train"), classes)
    other = [name for name in ("test", "val") if name in names]
    return [train, split(os.path.join(folder, other[0]), classes)] if other else divided(train, options)


def load_data(specification, seed):
    """(train, test, validation) by a specification such as mnist:DIR or csv:FILE,label=last."""
    kind, _, rest = specification.partition(":")
    if kind == "digits":
        sys.exit(f"digits are drawn by cnnc alone: name other data, such as --data {SUGGESTED}")
    if kind not in READERS or not rest:
        sys.exit(f"{specification} names no data: write {', '.join(READERS)}, a colon and a place")
    place, *settings = next(csv.reader([rest], skipinitialspace=True))
    options = dict(setting.split("=", 1) if "=" in setting else (setting, "") for setting in settings)
    known = {"set", "transpose", "scale", "layout", "split", "seed", "label", "header", "noheader", "test", "resize", "background", "cache"}
    for name in options:
        if name not in known and not name.startswith("scale_"):
            sys.exit(f"{name} is no option of data")
    train, test = READERS[kind](place, options)
    held = None
    if VALIDATION:
        kept, out = hold_out(len(train["inputs"][0]), class_labels(train), VALIDATION, seed)
        train, held = chosen_of(train, kept), chosen_of(train, out)
    return train, test, held
