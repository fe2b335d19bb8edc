class Part:
    """This process's share of a data set: every `world`-th image of each batch, so that batches are those of one process."""

    def __init__(self, split, batch, shuffle, seed, rank, world):
        self.split, self.batch, self.rank, self.world = split, batch, rank, world
        self.count = len(split["inputs"][0])
        self.sampler = DistributedSampler(range(self.count), world, rank, shuffle=shuffle, seed=seed)
        self.everyone = DistributedSampler(range(self.count), 1, 0, shuffle=shuffle, seed=seed)
        self.steps = math.ceil(self.count / batch)

    def batches(self, epoch, first=0):
        """(step, images here, their places in the batch, how many of them count, images of all processes)."""
        self.sampler.set_epoch(epoch)
        self.everyone.set_epoch(epoch)
        self.order, order = torch.tensor(list(self.everyone)), torch.tensor(list(self.sampler))
        size = self.batch // self.world
        for step in range(first, self.steps):
            everywhere = min(self.batch, self.count - step * self.batch)
            own = len(range(self.rank, everywhere, self.world))
            # Where there are fewer images than processes, some compute one that does not count.
            chosen = order[step * size : step * size + max(own, 1)]
            yield step, chosen, self.rank + self.world * torch.arange(len(chosen)), own, everywhere


def fetch(split, chosen, device):
    """Inputs and targets of the chosen images; bytes stand for 0 to 1."""

    def scaled(values):
        values = values[chosen].to(device)
        return values.float() / 255 if values.dtype == torch.uint8 else values.float()

    inputs = [scaled(values) for values in split["inputs"]]
    kinds = TARGETS.values()
    targets = [
        values[chosen].to(device).long() if kind["classes"] else scaled(values)
        for values, kind in zip(split["targets"], kinds)
    ]
    return inputs, targets


def total(values, device):
    """Sums over all processes."""
    tensor = torch.tensor(values, dtype=torch.float64, device="cpu" if device.type == "mps" else device)
    if dist.is_initialized():
        dist.all_reduce(tensor)
    return tensor.tolist()


@torch.no_grad()
def evaluate(objective, part, device):
    """Loss and metrics of a data set, each image once."""
    objective.eval()
    sums, count = {}, 0
    for _, chosen, _, own, everywhere in part.batches(0):
        HERE["counts"] = own > 0
        inputs, targets = fetch(part.split, chosen, device)
        loss, metrics = objective(*inputs, *targets)
        for name, value in {"loss": loss, **metrics}.items():
            sums[name] = sums.get(name, 0) + value.double().cpu() * own
        count += everywhere
    HERE["counts"] = True
    found = {}
    for name, value in sums.items():
        whole_sum = torch.tensor(total(value.flatten().tolist(), device)).reshape(value.shape)
        found[name] = finish(name, whole_sum / count, count)
    return found


def finish(name, value, count):
    """What the counts of a confusion matrix are made into; its columns are the classes alone."""
    kind = FINISH.get(name)
    if kind is None:
        return value.item()
    right, true, taken = value[:, :-1].diagonal(), value.sum(1), value[:, :-1].sum(0)
    if kind == "recall":
        return (right / true).tolist()
    if kind == "iou":
        union = true + taken - right
        return (right / union)[union > 0].mean().item()
    return (value[:, :-1] * count).round().long().tolist()


def parameter_groups(network):
    """Parameters by what is their own: a factor of the learning rate, a weight decay."""
    groups = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups.setdefault(OWN.get(name, (1.0, None)), []).append(parameter)
    return [
        {"params": parameters, "factor": factor, **({} if decay is None else {"weight_decay": decay})}
        for (factor, decay), parameters in groups.items()
    ]


class Run:
    """Where training stands, and everything that a checkpoint holds."""

    def __init__(self, options, network, optimizer, directory):
        self.network, self.optimizer, self.directory = network, optimizer, directory
        self.place = {"epoch": 0, "step": 0, "loss": 0.0, "hits": 0.0, "images": 0, "best": math.inf, "stale": 0, "notes": []}
        self.settings = {"seed": options.seed, "batch": options.batch, "epochs": options.epochs, "lr": options.lr}
        self.best = None
        # The running means of the weights, which are tested and kept in their place.
        self.means = None

    def follow(self):
        """Moves the means behind an update; after the first they are the weights."""
        if AVERAGE is None:
            return
        weights = [p.detach() for p in self.network.parameters()]
        self.means = self.means or [p.clone() for p in weights]
        for mean, weight in zip(self.means, weights):
            mean.mul_(AVERAGE).add_(weight, alpha=1 - AVERAGE)

    @torch.no_grad()
    def exchange(self):
        """Means take the place of the weights, or give it back."""
        for mean, weight in zip(self.means or [], self.network.parameters()):
            kept = weight.clone()
            weight.copy_(mean)
            mean.copy_(kept)

    def save(self):
        if self.directory is None or HERE["rank"] > 0:
            return
        path = os.path.join(self.directory, "last.pt")
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "place": self.place,
            "settings": self.settings,
            "best": self.best,
            "means": self.means,
            "gradients": [p.grad for p in self.network.parameters()] if ACCUMULATE > 1 else [],
            "random": torch.get_rng_state(),
        }
        torch.save(state, path + ".part")
        os.replace(path + ".part", path)

    def resume(self):
        path = self.directory and os.path.join(self.directory, "last.pt")
        if not path or not os.path.exists(path):
            return False
        # A file of our own making: it holds tensors and numbers.
        state = torch.load(path, map_location="cpu")
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.place, self.best = state["place"], state["best"]
        if state["means"]:
            self.means = [mean.to(p.device) for mean, p in zip(state["means"], self.network.parameters())]
        for parameter, gradient in zip(self.network.parameters(), state["gradients"]):
            parameter.grad = None if gradient is None else gradient.to(parameter.device)
        if state["settings"] != self.settings:
            say(f"the settings were {state['settings']} when the run began, and are {self.settings}")
        torch.set_rng_state(state["random"])
        return True

    def watch(self, loss, patience):
        """Keeps the weights of the lowest watched loss; whether to go on."""
        place = self.place
        if loss < place["best"]:
            self.best = {name: value.cpu().clone() for name, value in weights_of(self.network).items()}
            place.update(best=loss, stale=0, best_epoch=place["epoch"])
        else:
            place["stale"] += 1
        place["notes"] = observe(place["notes"], loss)
        return not (patience and place["stale"] >= patience)


def say(text):
    if HERE["rank"] == 0:
        print(text, flush=True)


def log(directory, entry):
    if directory is not None and HERE["rank"] == 0:
        with open(os.path.join(directory, "metrics.jsonl"), "a") as file:
            file.write(json.dumps(entry) + "\n")


def shown(name, found):
    text = f"{name} {found['loss']:.4f}"
    return text + (f" {100 * found['accuracy']:.2f} %" if "accuracy" in found else "")


def figure(name, value):
    if name == "accuracy":
        return f"{100 * value:.2f} %"
    return f"{value:.4f}" if value == 0 or 0.001 <= abs(value) < 1e4 else f"{value:.3e}"


def table(name, values):
    """Of a metric with a number, or a row of numbers, for each class."""
    if not isinstance(values[0], list):
        return "\n".join([name, *(f"  class {k:<4}{figure(name, value):>10}" for k, value in enumerate(values))])
    width = max(len(str(max(map(max, values)))), len(str(len(values)))) + 2
    rows = [range(len(values)), *values]
    heads = ["true \\ predicted", *map(str, range(len(values)))]
    return "\n".join([name, *(f"  {head:16}" + "".join(f"{cell:{width}}" for cell in row) for head, row in zip(heads, rows))])


def told(found, count):
    """The result of a test: what is one number in a line, then the tables."""
    numbers = ", ".join(f"{name} {figure(name, value)}" for name, value in found.items() if not isinstance(value, list))
    tables = [table(name, value) for name, value in found.items() if isinstance(value, list)]
    return "\n".join([f"test of {count} images: {numbers}", *tables])


def train_epoch(run, objective, part, options, device):
    """One pass over the training images, from where the run stands."""
    place = run.place
    objective.train()
    for step, chosen, places, own, everywhere in part.batches(place["epoch"], place["step"]):
        HERE["counts"] = own > 0
        number = place["epoch"] * part.steps + step
        rate = set_rate(run.optimizer.param_groups, options.lr, number, options.epochs * part.steps, part.steps, place["notes"])
        given = training_batch(part, step, chosen, places, everywhere, options.seed, number, device)
        # Whatever is random depends on the seed, the step and the process: a run that is resumed draws the same.
        torch.manual_seed(options.seed + 1_000_003 * number + HERE["rank"])
        if number % ACCUMULATE == 0:
            run.optimizer.zero_grad()
        loss, metrics = objective(*given)
        # DistributedDataParallel takes the mean over processes; every image shall count the same.
        (loss * (own * HERE["world"] / everywhere / ACCUMULATE)).backward()
        if number % ACCUMULATE == ACCUMULATE - 1:
            clip(run.network.parameters())
            run.optimizer.step()
            run.follow()
        hits = metrics["accuracy"].item() * own if "accuracy" in metrics else 0.0
        step_loss, step_hits = total([loss.item() * own, hits], device)
        if not math.isfinite(step_loss):
            sys.exit(f"the loss of step {step + 1} in epoch {place['epoch'] + 1} is {step_loss}")
        place["step"] = step + 1
        place["loss"] += step_loss
        place["hits"] += step_hits
        place["images"] += everywhere
        if step % options.log_every == 0:
            log(run.directory, {"kind": "step", "epoch": place["epoch"] + 1, "step": number + 1, "loss": step_loss / everywhere, "lr": rate})
        if options.save_every and (number + 1) % options.save_every == 0:
            run.save()
    HERE["counts"] = True
    found = {"loss": place["loss"] / place["images"], **({"accuracy": place["hits"] / place["images"]} if "accuracy" in METRICS else {})}
    place.update(epoch=place["epoch"] + 1, step=0, loss=0.0, hits=0.0, images=0)
    return found


def fit(run, objective, data, options, device):
    train, test, held = data
    own_objective = getattr(objective, "module", objective)
    place = run.place
    going = not (options.patience and place["stale"] >= options.patience)
    while place["epoch"] < options.epochs and going:
        started = time.time()
        learnt = train_epoch(run, objective, train, options, device)
        seconds = time.time() - started
        found = {"train": learnt}
        run.exchange()
        for name, part in (("validation", held), ("test", test)):
            if part is not None:
                found[name] = evaluate(own_objective, part, device)
        if WATCH in found:
            going = run.watch(found[WATCH]["loss"], options.patience)
        run.exchange()
        say(f"epoch {place['epoch']}/{options.epochs}  " + "  ".join(shown(name, one) for name, one in found.items()) + f"  {seconds:.1f} s")
        log(run.directory, {"kind": "epoch", "epoch": place["epoch"], **found, "seconds": seconds})
        run.save()
    if run.best is None:
        run.exchange()
    else:
        if not going:
            say(f"no lower {WATCH} loss for {place['stale']} epochs; the weights are those of epoch {place['best_epoch']}")
        with torch.no_grad():
            for name, value in weights_of(run.network).items():
                value.copy_(run.best[name])


def options_of():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = "" if DATA.split(":")[0] == "digits" else f" ({DATA})".replace("%", "%%")
    kinds = f"such as {SUGGESTED}; kinds are {', '.join(READERS)}"
    parser.add_argument("--data", default=DATA, metavar="SPEC", help=f"what to train on, {kinds}{usual}")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cuda, cpu or mps")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--batch", type=int, default=BATCH, help="images of one step, over all processes")
    parser.add_argument("--lr", type=float, default=LEARNING_RATE, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--patience", type=int, default=PATIENCE, help="epochs without a lower loss before it stops; 0: never")
    parser.add_argument("--weights", metavar="FILE", help="start from these weights: .safetensors or .pt")
    parser.add_argument("--out", metavar="DIR", help="keep checkpoints, weights and the log here")
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    parser.add_argument("--save-every", type=int, default=0, metavar="STEPS", help="save more often than after each epoch")
    parser.add_argument("--log-every", type=int, default=100, metavar="STEPS", help="steps in metrics.jsonl")
    parser.add_argument("--sync-batchnorm", action="store_true", help="statistics over all processes")
    parser.add_argument("--evaluate", action="store_true", help="test the weights and train nothing")
    return parser.parse_args()


def begin(options):
    """Joins the other processes that torchrun has started, if there are any; the device of this one."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    HERE.update(rank=int(os.environ.get("RANK", "0")), world=world)
    device = torch.device(options.device)
    if "RANK" in os.environ:
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
            torch.cuda.set_device(device)
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    if options.batch % world:
        sys.exit(f"a batch of {options.batch} cannot be divided among {world} processes: choose --batch")
    return device


def main():
    options = options_of()
    device = begin(options)
    rank, world = HERE["rank"], HERE["world"]
    train, test, held = load_data(options.data, options.seed)
    network = build()
    initialise(network, options.seed)
    if options.weights:
        load_weights(network, options.weights)
    if options.sync_batchnorm and world > 1:
        network = synchronised(network)
    network.to(device)
    objective = make_objective(network)
    optimizer = make_optimizer(parameter_groups(network), options.lr)
    if options.out and rank == 0:
        os.makedirs(options.out, exist_ok=True)
    run = Run(options, network, optimizer, options.out)
    restarted = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0
    if (options.resume or restarted) and run.resume():
        say(f"continuing in epoch {run.place['epoch'] + 1}, step {run.place['step'] + 1}")
    parts = [
        Part(split, options.batch, shuffle, options.seed, rank, world) if split else None
        for split, shuffle in ((train, True), (test, False), (held, False))
    ]
    if world > 1 and not options.evaluate:
        objective = DistributedDataParallel(objective, [device] if device.type == "cuda" else None, find_unused_parameters=UNUSED)
    if not options.evaluate:
        say(f"training {NAME} on {options.data}: {parts[0].count} images to learn, {parts[1].count if parts[1] else 0} to test")
        fit(run, objective, parts, options, device)
        if options.out and rank == 0:
            write_safetensors(os.path.join(options.out, "best.safetensors"), weights_of(network))
    if parts[1]:
        found = evaluate(getattr(objective, "module", objective), parts[1], device)
        log(options.out, {"kind": "test", **found})
        say(told(found, parts[1].count))
    if dist.is_initialized():
        # The wrapper goes first: if it were the last to hold the group, it would wait, with Python's lock, for threads that need it.
        objective = None
        gc.collect()
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
