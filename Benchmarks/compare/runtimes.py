"""ONNX Runtime and OpenVINO on the network that PyTorch exports."""

import io
import tempfile
import warnings

import numpy
import torch

from . import torch_peers


def exported(name, batch, folder):
    path = folder + "/model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            torch_peers.build(name).eval(), (torch.rand(batch, 3, 224, 224),), path, dynamo=False, input_names=["x"], verbose=False)
    return path


def steps(name, batch, threads, bf16=False):
    """Pairs of a name and one inference, as a function."""
    import onnxruntime
    import openvino

    x = numpy.random.default_rng(0).random((batch, 3, 224, 224), dtype=numpy.float32)
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        path = exported(name, batch, folder)
        if not bf16:
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = threads
            session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
            result["ONNX Runtime"] = lambda: session.run(None, {"x": x})
        core = openvino.Core()
        compiled = core.compile_model(
            core.read_model(path), "CPU", {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32"})
        result["OpenVINO"] = lambda: compiled(x)
    return result
