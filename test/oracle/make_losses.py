"""losses.json: losses and metrics by PyTorch in float64, with the gradients of all their inputs.

As in make_operators.py: everything given is representable in f32, each case draws from a stream seeded by its name.
A target of class numbers is `labels`, with `labelShape` where every example has a map of them, and `ignore`.
"""

import torch
import torch.nn.functional as F

from draw import Draw
from oracle_io import provenance, write_cases
from record import CASES, record


def loss(name, op, attributes, inputs, compute, draw, **more):
    inputs = [value.detach() for value in inputs]
    record(name, op, attributes, inputs, lambda values, *_: compute(*values), draw, **more)


def of_classes(name, op, attributes, compute, classes=5, batch=6, size=(), ignore=None, scale=1, values="tensor"):
    """`compute(scores, labels)`; with `ignore`, some labels are that. `values` names the draw of the scores."""
    draw = Draw(name)
    count = batch
    for extent in size:
        count *= extent
    labels = draw.labels(count, classes)
    more = {}
    if size:
        more["labelShape"] = list(size)
    if ignore is not None:
        labels = [ignore if draw.stream.below(4) == 0 else label for label in labels]
        assert ignore in labels
        more["ignore"] = ignore
    tensor = torch.tensor(labels).reshape((batch, *size))
    scores = getattr(draw, values)((batch, classes, *size)) * scale
    loss(name, op, attributes, [scores], lambda x: compute(x, tensor), draw, labels=labels, **more)


WEIGHTS = [0.25, 1, 2, 0.5, 3]
MAP = {"size": (3, 4), "batch": 3}


def cross_entropies():
    def case(name, smoothing=0.0, weights=None, **shape):
        attributes = {**({"smoothing": smoothing} if smoothing else {}), **({"weights": weights} if weights else {})}
        weight = torch.tensor(weights, dtype=torch.float64) if weights else None
        ignore = shape.get("ignore")
        of_classes(f"crossentropy {name}", "crossentropy", attributes,
                   lambda x, t: F.cross_entropy(x, t, weight=weight, label_smoothing=smoothing,
                                                ignore_index=-100 if ignore is None else ignore), **shape)

    case("with class weights", weights=WEIGHTS)
    case("with class weights far from zero", weights=WEIGHTS, scale=64)
    case("with a class of no weight", weights=[1, 0, 1, 0, 2])
    case("smoothed", smoothing=0.1)
    case("smoothed far from zero", smoothing=0.25, scale=64)
    case("smoothed with class weights", smoothing=0.3, weights=WEIGHTS)
    case("ignoring", ignore=255)
    case("ignoring with class weights", ignore=-1, weights=WEIGHTS)
    case("of pixels", **MAP)
    case("of pixels in a row", size=(7,), batch=2)
    case("of pixels with class weights", weights=WEIGHTS, **MAP)
    case("of pixels ignoring", ignore=255, **MAP)
    case("of pixels with everything", ignore=255, weights=WEIGHTS, smoothing=0.125, **MAP)


def focal(x, t, gamma, weights, ignore):
    log_p = F.log_softmax(x, dim=1)
    counts = torch.ones_like(t) if ignore is None else (t != ignore).long()
    t = t * counts
    chosen = log_p.gather(1, t.unsqueeze(1)).squeeze(1)
    weight = torch.ones(x.shape[1], dtype=x.dtype) if weights is None else torch.tensor(weights, dtype=x.dtype)
    each = -weight[t] * (1 - chosen.exp()) ** gamma * chosen
    return (each * counts).sum() / counts.sum()


def classes():
    for name, gamma, weights, shape in (("", 2, None, {}), (" gamma 0", 0, None, {}), (" gamma 0.5", 0.5, None, {}),
                                        (" with class weights", 2, WEIGHTS, {}), (" of pixels", 1, None, MAP),
                                        (" of pixels ignoring", 2, WEIGHTS, {"ignore": 255, **MAP}),
                                        (" far from zero", 2, None, {"scale": 8})):
        attributes = {"gamma": gamma, **({"weights": weights} if weights else {})}
        of_classes(f"focal{name}", "focal", attributes,
                   lambda x, t, g=gamma, w=weights, i=shape.get("ignore"): focal(x, t, g, w, i), **shape)
    for name, margin in (("", 1.0), (" margin 0.5", 0.5)):
        of_classes(f"hinge{name}", "hinge", {"margin": margin},
                   lambda x, t, m=margin: F.multi_margin_loss(x, t, margin=m))
    of_classes("hinge far from zero", "hinge", {}, F.multi_margin_loss, scale=64)

    def pixels(x, t):  # PyTorch's takes one label per row
        rows, labels = x.movedim(1, -1).reshape(-1, x.shape[1]), t.reshape(-1)
        return F.multi_margin_loss(rows[labels != 9], labels[labels != 9])

    of_classes("hinge of pixels ignoring", "hinge", {}, pixels, ignore=9, **MAP)


def elements():
    maps, vectors = (2, 3, 4, 5), (4, 6)
    for name, shape, scale in (("vectors", vectors, 1), ("maps", maps, 1), ("far apart", vectors, 32)):
        draw = Draw(f"mae {name}")
        loss(f"mae {name}", "mae", {}, [draw.tensor(shape) * scale, draw.tensor(shape)], F.l1_loss, draw)
        for delta in (1.0, 0.3):
            draw = Draw(f"huber {delta} {name}")
            loss(f"huber {delta} {name}", "huber", {"delta": delta}, [draw.tensor(shape) * scale, draw.tensor(shape)],
                   lambda o, t, d=delta: F.huber_loss(o, t, delta=d), draw)
        for positive in (1.0, 2.5):
            draw = Draw(f"bce {positive} {name}")
            loss(f"bce {positive} {name}", "bce", {"positive": positive},
                   [draw.tensor(shape) * scale, draw.whole(shape, 129) / 128],
                   lambda o, t, p=positive: F.binary_cross_entropy_with_logits(o, t, pos_weight=torch.tensor(p)), draw)
        draw = Draw(f"kldiv {name}")
        places = 20 if shape is maps else 1
        loss(f"kldiv {name}", "kldiv", {}, [draw.tensor(shape) * scale, draw.positive(shape) / 8],
               lambda o, t, n=places: F.kl_div(F.log_softmax(o, dim=1), t, reduction="batchmean") / n, draw)
    draw = Draw("bce at zero")
    loss("bce at zero", "bce", {}, [torch.zeros(3, 2, dtype=torch.float64), draw.whole((3, 2), 2)],
           F.binary_cross_entropy_with_logits, draw)
    of_classes("kldiv of classes", "kldiv", {}, F.cross_entropy)


def metrics():
    def hits(x, t, k=1, ignore=None):
        found = (x.topk(k, dim=1).indices == t.unsqueeze(1)).any(dim=1)
        return found[t != ignore].double().mean() if ignore is not None else found.double().mean()

    for name, shape in (("", {}), (" of pixels", MAP), (" ignoring", {"ignore": 255}),
                        (" of pixels ignoring", {"ignore": 255, **MAP})):
        shape = {"batch": 9, "values": "distinct", **shape}
        ignore = shape.get("ignore")
        of_classes(f"accuracy{name}", "accuracy", {}, lambda x, t, i=ignore: hits(x, t, 1, i), **shape)
        for k in (1, 2, 3):
            of_classes(f"topk {k}{name}", "topk", {"k": k}, lambda x, t, k=k, i=ignore: hits(x, t, k, i), **shape)


cross_entropies()
classes()
elements()
metrics()
write_cases("losses.json", provenance("make_losses.py"), "cases", CASES)
