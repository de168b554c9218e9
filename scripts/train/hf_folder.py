"""Reads and writes Hugging Face model folders: config.json, model.safetensors and the tokenizer files."""
import json
import os
import shutil
import struct

import numpy as np
import torch

import model

TOKENIZER_FILES = ("vocab.txt", "tokenizer.json", "tokenizer_config.json")
DTYPES = {"F32": "<f4", "F16": "<f2"}

# The names config.json gives the sizes of a model.Shape.
SIZE_KEYS = {
    "bert": {"vocab_size": "vocab_size", "hidden_size": "hidden_size", "layers": "num_hidden_layers",
             "heads": "num_attention_heads", "intermediate_size": "intermediate_size",
             "max_positions": "max_position_embeddings", "token_types": "type_vocab_size", "labels": "num_labels",
             "layer_norm_eps": "layer_norm_eps"},
    "distilbert": {"vocab_size": "vocab_size", "hidden_size": "dim", "layers": "n_layers", "heads": "n_heads",
                   "intermediate_size": "hidden_dim", "max_positions": "max_position_embeddings",
                   "labels": "num_labels"},
}
OTHER_KEYS = {
    "bert": {"architectures": ["BertForSequenceClassification"], "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
             "attention_probs_dropout_prob": 0.1, "classifier_dropout": None, "position_embedding_type": "absolute"},
    "distilbert": {"architectures": ["DistilBertForSequenceClassification"], "activation": "gelu", "dropout": 0.1,
                   "attention_dropout": 0.1, "seq_classif_dropout": 0.2, "qa_dropout": 0.1,
                   "sinusoidal_pos_embds": False, "tie_weights_": True},
}


def write_safetensors(path, parameters, dtype):
    """Writes tensors sorted by name; dtype is F32 or F16."""
    header, offset, blobs = {"__metadata__": {"format": "pt"}}, 0, []
    for name in sorted(parameters):
        array = parameters[name].detach().cpu().numpy().astype(DTYPES[dtype])
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
        blobs.append(array.tobytes())
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded + b"".join(blobs))


def read_safetensors(path):
    """{name: float32 array} of a file that holds F32 and F16 tensors."""
    with open(path, "rb") as file:
        content = file.read()
    header_size, = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + header_size])
    header.pop("__metadata__", None)
    return {name: np.frombuffer(content, DTYPES[entry["dtype"]], int(np.prod(entry["shape"])),
                                8 + header_size + entry["data_offsets"][0])
            .reshape(entry["shape"]).astype(np.float32) for name, entry in header.items()}


def config(shape, task, dtype):
    keys = {"model_type": shape.family,
            "id2label": {str(i): label for i, label in enumerate(task.labels)},
            "label2id": {label: i for i, label in enumerate(task.labels)},
            "problem_type": "regression" if task.is_regression else "single_label_classification",
            "pad_token_id": 0, "initializer_range": 0.02, "torch_dtype": "float16" if dtype == "F16" else "float32",
            **OTHER_KEYS[shape.family]}
    keys.update((key, getattr(shape, field)) for field, key in SIZE_KEYS[shape.family].items())
    return dict(sorted(keys.items()))


def write(folder, shape, parameters, task, dtype, tokenizer_folder):
    os.makedirs(folder, exist_ok=True)
    write_safetensors(os.path.join(folder, "model.safetensors"), parameters, dtype)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config(shape, task, dtype), file, indent=2)
        file.write("\n")
    for name in TOKENIZER_FILES:
        shutil.copyfile(os.path.join(tokenizer_folder, name), os.path.join(folder, name))


def read(folder):
    """(shape, parameters) of a folder that `write` made."""
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        keys = json.load(file)
    family = keys["model_type"]
    shape = model.Shape(family=family, **{field: keys[key] for field, key in SIZE_KEYS[family].items()})
    arrays = read_safetensors(os.path.join(folder, "model.safetensors"))
    return shape, {name: torch.from_numpy(array) for name, array in arrays.items()}
