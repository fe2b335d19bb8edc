class SyncedBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm with the statistics of all processes, on any device."""

    def _check_input_dim(self, x):
        pass

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        axes = [0, *range(2, x.dim())]
        spread = (1, -1, *[1] * (x.dim() - 2))
        counts = float(HERE["counts"])
        count = torch.tensor(counts * x.numel() / x.shape[1], device=x.device)
        dist.all_reduce(count)
        mean = all_reduce(counts * x.sum(axes)) / count
        centred = x - mean.reshape(spread)
        variance = all_reduce(counts * centred.square().sum(axes)) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            if count > 1:
                self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        scale = self.weight / torch.sqrt(variance + self.eps)
        return centred * scale.reshape(spread) + self.bias.reshape(spread)


def synchronised(module):
    """The network with its batch norms replaced; parameters and statistics stay what they are."""
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        synced = SyncedBatchNorm(module.num_features, module.eps, module.momentum)
        synced.load_state_dict(module.state_dict())
        return synced.requires_grad_(module.weight.requires_grad)
    for name, child in module.named_children():
        module._modules[name] = synchronised(child)
    return module
