"""The discretised images of mr-1197, cropped to the region, for pictologics. usage: prepared_images.py IMAGE MASK OUT"""
import itertools
import sys

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations

image, mask = (sitk.ReadImage(path) for path in sys.argv[1:3])
mask = sitk.Cast(mask, sitk.sitkUInt32)
box, _ = imageoperations.checkMask(image, mask, label=1)
derived = itertools.chain(
    imageoperations.getOriginalImage(image, mask), imageoperations.getWaveletImage(image, mask),
    imageoperations.getLoGImage(image, mask, sigma=[1.0, 2.0, 3.0, 4.0]))
arrays = {}
for result, name, _ in derived:
    cropped, region = imageoperations.cropToTumorMask(result, mask, box)
    inside = sitk.GetArrayFromImage(region) == 1
    levels, _ = imageoperations.binImage(sitk.GetArrayFromImage(cropped), inside, binWidth=25)
    arrays[name] = np.where(inside, levels, 0).astype(np.int32)
np.savez(sys.argv[3], mask=inside.astype(np.uint8), **arrays)
