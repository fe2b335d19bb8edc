def read_safetensors(path):
    """Tensors by name: eight bytes of length, a JSON header, then the numbers."""
    types = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "U8": np.uint8}
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        if entry["dtype"] == "BF16":
            bits = np.frombuffer(body[start:end], np.uint16).astype(np.uint32) << 16
            values = bits.view(np.float32)
        else:
            values = np.frombuffer(body[start:end], types[entry["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors


def write_safetensors(path, tensors):
    header, parts, at = {}, [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().cpu().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
    os.replace(path + ".part", path)


def weights_of(network):
    """Parameters and running statistics, by the names that cnnc gives them; nothing that PyTorch alone counts."""
    return {name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}


def load_weights(network, path):
    """Takes all weights from a file of cnnc or PyTorch. What only a checkpoint holds is passed over."""
    tensors = read_safetensors(path) if path.endswith(".safetensors") else torch.load(path, map_location="cpu")
    tensors = tensors.get("network", tensors)
    own = weights_of(network)
    missing = [name for name in own if name not in tensors]
    if missing:
        sys.exit(f"{path} has no {', '.join(missing[:5])}{' and more' if len(missing) > 5 else ''}")
    with torch.no_grad():
        for name, value in own.items():
            if value.shape != tensors[name].shape:
                sys.exit(f"{path}: {name} has the shape {list(tensors[name].shape)}, not {list(value.shape)}")
            value.copy_(tensors[name])
