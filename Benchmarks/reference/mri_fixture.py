"""Reference values of N4 and of intensity standards, for Tests/ImageFiltersTests/Fixtures/mri.json.

Usage: python mri_fixture.py OUT.json        (SimpleITK 2.5.7, NumPy, SciPy, intensity-normalization 3.0.1)

The image is a formula of whole numbers and fractions, written the same way in Tests/ImageFiltersTests/MRIPhantom.swift. N4 is
SimpleITK's; the peaks are those of scipy.stats.gaussian_kde, evaluated exactly on a fine grid; Nyúl's mapping is that of
intensity-normalization with a scale that is given to it.
"""
import json
import sys

import numpy as np
import SimpleITK as sitk
from intensity_normalization.normalizers.population.nyul import NyulNormalizer
from scipy.stats import gaussian_kde

sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
X, Y, Z = 40, 36, 28


def phantom():
    x, y, z = (np.arange(n, dtype=np.float64) for n in (X, Y, Z))
    z, y, x = np.meshgrid(z, y, x, indexing="ij")
    r = ((x - 20) / 18) * ((x - 20) / 18) + ((y - 18) / 16) * ((y - 18) / 16) + ((z - 14) / 13) * ((z - 14) / 13)
    tissue = np.select([r < 0.25, r < 0.6, r < 1], [400.0, 600.0, 300.0], 10.0)
    field = 1 + 0.4 * (x / 40) - 0.3 * (y / 36) * (y / 36) + 0.2 * (z / 28) * (x / 40)
    noise = (x * x * 31 + y * y * 17 + z * z * 53 + x * y * 71 + y * z * 29 + x * z * 37 + x * y * z * 13) % 997
    return tissue * field + noise / 32


def n4(volume, mask, shrink, **settings):
    image = sitk.GetImageFromArray(volume.astype(np.float32))
    mask = sitk.OtsuThreshold(image, 0, 1, 200) if mask == "otsu" else image > 0
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    for name, value in settings.items():
        getattr(corrector, f"Set{name[0].upper()}{name[1:]}")(value)
    corrector.Execute(sitk.Shrink(image, shrink), sitk.Shrink(mask, shrink))
    return volume / np.exp(sitk.GetArrayFromImage(corrector.GetLogBiasFieldAsImage(image)).astype(np.float64))


def peaks(values):
    """Intensities of the highest peak and of the last one that reaches a fifth of it."""
    density = gaussian_kde(values)
    grid = np.linspace(values.min(), values.max(), 20_001)
    heights = density(grid)
    tops = [i for i in range(1, len(grid) - 1) if heights[i - 1] < heights[i] >= heights[i + 1]]
    return grid[heights.argmax()], grid[[i for i in tops if heights[i] >= heights.max() / 5][-1]]


def stripe(values, mode, width=0.05):
    quantile = np.mean(values < mode)
    lower, upper = np.quantile(values, [max(quantile - width, 0), min(quantile + width, 1)])
    inside = values[(values > lower) & (values < upper)]
    return [float(inside.mean()), float(inside.std(ddof=1))]


class Plain:
    """As intensity-normalization asks of an image."""

    def __init__(self, data):
        self.data = data

    def get_data(self):
        return self.data

    def with_data(self, data):
        return Plain(data)


volume = phantom()
sample = [int(i) for i in np.linspace(0, volume.size - 1, 60)]
cases = []
for mask, shrink, settings in [
    ("otsu", [2, 2, 2], {"maximumNumberOfIterations": [50, 50, 50]}),
    ("positive", [3, 2, 1], {"maximumNumberOfIterations": [30, 10], "numberOfHistogramBins": 100, "wienerFilterNoise": 0.1}),
    ("otsu", [1, 1, 1], {"maximumNumberOfIterations": [6], "numberOfControlPoints": [5, 4, 6],
                         "biasFieldFullWidthAtHalfMaximum": 0.3, "convergenceThreshold": 0.0005}),
]:
    corrected = n4(volume, mask, shrink, **settings)
    cases.append({"settings": {"mask": mask, "shrinkFactor": shrink} | settings,
                  "corrected": [float(corrected.flat[i]) for i in sample]})
foreground = volume[volume > volume.mean()]
largest, last = peaks(foreground)
nyul = NyulNormalizer()
nyul._standard_scale = np.array([0, 12, 20, 31, 39, 50, 62, 70, 81, 88, 100], dtype=np.float64)
nyul.is_fitted = True
mapped = nyul.transform(Plain(volume), Plain(volume > volume.mean())).data
json.dump({
    "sample": sample, "image": [float(volume.flat[i]) for i in sample], "n4": cases,
    "stripes": {"largest": stripe(foreground, largest), "last": stripe(foreground, last)},
    "peaks": {"largest": float(largest), "last": float(last)},
    "nyul": {"landmarks": nyul._standard_scale.tolist(), "mapped": [float(mapped.flat[i]) for i in sample]},
}, open(sys.argv[1], "w"), separators=(",", ":"))
