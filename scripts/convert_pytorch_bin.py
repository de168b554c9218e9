#!/usr/bin/env python3
"""Converts pytorch_model.bin of a Hugging Face folder to model.safetensors, which fbert reads.

    python3 scripts/convert_pytorch_bin.py FOLDER [--output FILE] [--force]

Sharded weights (pytorch_model.bin.index.json) become one file. Needs torch, and nothing else: the safetensors package
is used where it is installed. A pickle can run code when it is loaded; torch is asked to refuse that (weights_only),
which it can from version 1.13 on. Older versions need --trust, for files whose origin you trust.

Exit codes: 0 done, 1 bad data or I/O, 2 usage.
"""

import argparse
import json
import os
import struct
import sys
import tempfile
from pathlib import Path

# torch type -> (name in the format, bytes per element)
DTYPES = {
    "torch.float64": ("F64", 8),
    "torch.float32": ("F32", 4),
    "torch.float16": ("F16", 2),
    "torch.bfloat16": ("BF16", 2),
    "torch.int64": ("I64", 8),
    "torch.int32": ("I32", 4),
    "torch.int16": ("I16", 2),
    "torch.int8": ("I8", 1),
    "torch.uint8": ("U8", 1),
    "torch.bool": ("BOOL", 1),
}


class ConversionError(Exception):
    """A problem of the input, told in one line."""


def import_torch():
    try:
        import torch
    except ImportError as error:
        raise ConversionError(
            f"torch is needed to read PyTorch files and cannot be imported ({error}); "
            "install it with: pip install torch --index-url https://download.pytorch.org/whl/cpu"
        ) from error
    return torch


def load_checkpoint(torch, path, trust):
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except TypeError as error:
        if not trust:
            raise ConversionError(
                f"{path}: torch {torch.__version__} cannot load weights without running the code of the pickle; "
                "update torch to 1.13 or later, or add --trust if you trust the origin of the file"
            ) from error
    except Exception as error:  # torch raises many types; the reason is in the text
        if not trust:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ConversionError(
                f"{path}: torch refuses it as plain weights ({reason}); add --trust if you trust the origin of the file"
            ) from error
    try:
        options = {"weights_only": False} if "weights_only" in torch.load.__code__.co_varnames else {}
        return torch.load(path, map_location="cpu", **options)
    except Exception as error:
        raise ConversionError(f"{path}: cannot load: {error}") from error


def weight_files(folder):
    """The PyTorch files of a model folder: one, or the shards of its index."""
    single, index = folder / "pytorch_model.bin", folder / "pytorch_model.bin.index.json"
    if single.exists():
        return [single]
    if not index.exists():
        raise ConversionError(f"{folder}: neither pytorch_model.bin nor pytorch_model.bin.index.json in it")
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConversionError(f"{index}: no usable weight_map ({error})") from error
    for name in names:
        if not isinstance(name, str) or Path(name).name != name:
            raise ConversionError(f"{index}: {name!r} is not the name of a file in the folder")
    return [folder / name for name in names]


def read_tensors(torch, folder, trust):
    """All tensors by name, contiguous, none sharing memory with another, sorted by name."""
    tensors = {}
    for path in weight_files(folder):
        checkpoint = load_checkpoint(torch, path, trust)
        if isinstance(checkpoint, dict) and isinstance(checkpoint.get("state_dict"), dict):
            checkpoint = checkpoint["state_dict"]
        if not isinstance(checkpoint, dict):
            raise ConversionError(f"{path}: expected a dictionary of tensors, found {type(checkpoint).__name__}")
        for name, tensor in checkpoint.items():
            if not isinstance(tensor, torch.Tensor):
                print(f"{path}: skipped {name!r}, which is no tensor", file=sys.stderr)
                continue
            if name in tensors:
                raise ConversionError(f"{path}: tensor {name!r} is in another shard too")
            if str(tensor.dtype) not in DTYPES or tensor.is_sparse or tensor.is_quantized:
                raise ConversionError(f"{path}: tensor {name!r} of {tensor.dtype}, {tensor.layout} cannot be stored")
            # A clone of its own: tied weights may share memory, which the format forbids.
            tensors[name] = tensor.detach().clone(memory_format=torch.contiguous_format)
    if not tensors:
        raise ConversionError(f"{folder}: no tensors")
    return dict(sorted(tensors.items()))


def raw_bytes(torch, tensor):
    """The little-endian bytes of a contiguous tensor."""
    if sys.byteorder != "little":
        raise ConversionError("this machine is big-endian, which is not supported")
    return bytes(tensor.reshape(-1).view(torch.uint8).numpy()) if tensor.numel() else b""


def write_plain(torch, tensors, stream):
    """Writes the format without the safetensors package: length, header padded to 8 bytes, data by falling alignment."""
    ordered = sorted(tensors.items(), key=lambda item: (-DTYPES[str(item[1].dtype)][1], item[0]))
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in ordered:
        dtype, size = DTYPES[str(tensor.dtype)]
        end = offset + size * tensor.numel()
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    stream.write(struct.pack("<Q", len(text)) + text)
    for _, tensor in ordered:
        stream.write(raw_bytes(torch, tensor))


def save(torch, tensors, output):
    """Writes a temporary file beside the output and renames it: the output is whole or absent."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{output.name}.", suffix=".tmp", dir=output.parent)
    except OSError as error:
        raise ConversionError(f"{output}: cannot write: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            try:
                from safetensors.torch import save as serialize

                stream.write(serialize(tensors, metadata={"format": "pt"}))
            except ImportError:
                write_plain(torch, tensors, stream)
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, output)
    except OSError as error:
        raise ConversionError(f"{output}: cannot write: {error.strerror}") from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def main():
    parser = argparse.ArgumentParser(description="Convert pytorch_model.bin to model.safetensors.")
    parser.add_argument("folder", type=Path, help="model folder that holds pytorch_model.bin")
    parser.add_argument("--output", type=Path, help="file to write (default: model.safetensors in the folder)")
    parser.add_argument("--force", action="store_true", help="replace an existing output")
    parser.add_argument("--trust", action="store_true", help="let the pickle run code: only for files of trusted origin")
    arguments = parser.parse_args()

    output = arguments.output or arguments.folder / "model.safetensors"
    try:
        if not arguments.folder.is_dir():
            raise ConversionError(f"{arguments.folder}: no such folder")
        if output.exists() and not arguments.force:
            raise ConversionError(f"{output}: exists; add --force to replace it")
        torch = import_torch()
        tensors = read_tensors(torch, arguments.folder, arguments.trust)
        save(torch, tensors, output)
    except ConversionError as error:
        print(f"convert_pytorch_bin.py: {error}", file=sys.stderr)
        return 1
    elements = sum(tensor.numel() for tensor in tensors.values())
    print(f"{output}: {len(tensors)} tensors, {elements} values")
    return 0


if __name__ == "__main__":
    sys.exit(main())
