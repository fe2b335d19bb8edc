def usual_start(name, shape):
    """How a parameter starts unless `STARTS` says otherwise."""
    if len(shape) < 2:
        return ("constant", 0.0 if name.endswith("bias") else 1.0)
    fan_in, fan_out = math.prod(shape[1:]), shape[0] * math.prod(shape[2:])
    return {
        "kaiming": ("normal", math.sqrt(2 / fan_in)),
        "lecun": ("normal", math.sqrt(1 / fan_in)),
        "xavier": ("uniform", 1 / math.sqrt(fan_in)),
        "xavier_normalized": ("uniform", math.sqrt(6 / (fan_in + fan_out))),
    }.get(INIT[0], INIT)


@torch.no_grad()
def initialise(network, seed):
    """The initial values of the program; statistics as PyTorch starts them."""
    torch.manual_seed(seed)
    for name, parameter in network.named_parameters():
        kind, value = STARTS.get(name) or usual_start(name, parameter.shape)
        if kind == "normal":
            nn.init.normal_(parameter, 0, value)
        elif kind == "uniform":
            nn.init.uniform_(parameter, -value, value)
        elif kind == "truncated_normal":
            nn.init.trunc_normal_(parameter, 0, value, -2 * value, 2 * value)
        elif kind == "orthogonal":
            nn.init.orthogonal_(parameter)
        else:
            nn.init.constant_(parameter, value)
