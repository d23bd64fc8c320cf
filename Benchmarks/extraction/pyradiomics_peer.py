"""One extraction with PyRadiomics. usage: pyradiomics_peer.py IMAGE MASK OUTPUT PARAMETERS SPACING"""
import json
import logging
import sys

import radiomics
import SimpleITK as sitk
from radiomics import featureextractor

image, mask, output, parameters, spacing = sys.argv[1:]
radiomics.logger.setLevel(logging.ERROR)
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
settings = {"additionalInfo": False}
if json.loads(spacing):
    settings["resampledPixelSpacing"] = json.loads(spacing)
extractor = featureextractor.RadiomicsFeatureExtractor(parameters, **settings)
features = {name: float(value) for name, value in extractor.execute(image, mask).items()}
reader = sitk.ImageFileReader()
reader.SetFileName(image)
reader.ReadImageInformation()
voxels = 1
for extent in reader.GetSize():
    voxels *= extent
json.dump({"features": features, "voxels": voxels}, open(output, "w"))
