"""One extraction with flash-radiomics on the processor. usage: flash_peer.py IMAGE MASK OUTPUT PARAMETERS SPACING"""
import json
import logging
import sys
import tempfile

import SimpleITK as sitk
import ruamel.yaml
from flash_radiomics import RadiomicsFeatureExtractor

image, mask, output, parameters, spacing = sys.argv[1:]
logging.disable(logging.ERROR)
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
with open(parameters) as file:
    content = ruamel.yaml.YAML(typ="safe").load(file)
with tempfile.TemporaryDirectory() as folder:
    # It writes each extraction as HDF5.
    content["setting"] = {**(content.get("setting") or {}), "additionalInfo": False, "hdf5OutputDirectory": folder}
    if json.loads(spacing):
        content["setting"]["resampledPixelSpacing"] = json.loads(spacing)
    content["scalarFeatureClass"] = content.pop("featureClass")
    found = RadiomicsFeatureExtractor(content, backend="cpu", num_threads=1).execute(image, mask)
features = {}
for name, value in found.items():
    try:
        features[name] = float(value)
    except (TypeError, ValueError):
        pass
json.dump({"features": features, "voxels": 0}, open(output, "w"))
