"""A volume with a lumpy region of a given number of voxels. usage: generated_case.py FOLDER X Y Z VOXELS"""
import os
import sys

import numpy as np
import SimpleITK as sitk

folder, x, y, z, voxels = sys.argv[1], *map(int, sys.argv[2:])
random = np.random.default_rng(7)
Z, Y, X = np.ogrid[-1 : 1 : z * 1j, -1 : 1 : y * 1j, -1 : 1 : x * 1j]
texture = 300 + 150 * np.sin(9 * X + 4 * Y) + 80 * np.cos(11 * Y - 5 * Z) + random.normal(0, 30, (z, y, x))
distance = X**2 + (1.1 * Y) ** 2 + (0.9 * Z) ** 2 + 0.05 * np.sin(6 * X) * np.cos(5 * Y) * np.cos(4 * Z)
limit = np.partition(distance.ravel(), voxels - 1)[voxels - 1]
for name, array in (("image", texture.astype(np.int16)), ("mask", (distance <= limit).astype(np.uint8))):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.9, 0.9, 2.0))
    sitk.WriteImage(image, os.path.join(folder, f"{name}.nrrd"), True)
