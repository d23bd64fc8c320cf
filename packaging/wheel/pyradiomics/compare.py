"""Compares the module with PyRadiomics itself: the same names, the same order, the same values.

usage: compare.py SOURCES     SOURCES: PyRadiomics' source package, unpacked
exit code: 0 the same, 1 not
"""

import sys

import radiomics
import SimpleITK
from radiomics import featureextractor as theirs

import trabecula
from trabecula import featureextractor as ours

TOLERANCE = 1e-6  # relative, and from 1e-9 absolute on, as Documentation/parity.md
ONLY_HERE = {
    "diagnostics_Versions_Trabecula", "diagnostics_Versions_Extractor", "diagnostics_Warnings",
    "diagnostics_Image-original_FileSHA256", "diagnostics_Image-original_Orientation",
    "diagnostics_Mask-original_FileSHA256",
}  # fmt: skip
ONLY_THERE = {
    "diagnostics_Versions_PyRadiomics", "diagnostics_Versions_Numpy", "diagnostics_Versions_SimpleITK",
    "diagnostics_Versions_PyWavelet",
}  # fmt: skip


def _by_hand(extractor):
    extractor.enableAllImageTypes()
    extractor.enableImageTypeByName("LoG", customArgs={"sigma": [3, 1.0]})
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(glcm=["Idmn", "Contrast"], firstorder=[], shape=["Flatness", "Elongation"])
    extractor.enableFeatureClassByName("ngtdm")


def _scenarios(sources):
    examples = f"{sources}/examples/exampleSettings"
    yield "defaults", (), {}, None
    for name in (
        "exampleMR_5mm", "exampleMR_3mm", "exampleCT", "exampleMR_NoResampling", "Params", "example_allShape",
        "exampleVoxel",
    ):  # fmt: skip
        yield name, (f"{examples}/{name}.yaml",), {}, None
    yield (
        "keyword arguments",
        (),
        {"binWidth": 10, "resampledPixelSpacing": (2, 2, 2), "interpolator": 2},
        None,
    )
    yield (
        "a dictionary",
        ({"imageType": {"Wavelet": {}, "Original": {}}, "setting": {"normalize": True}},),
        {},
        None,
    )
    yield "enabled by hand", (), {}, _by_hand
    yield "no image type", (), {}, lambda extractor: extractor.disableAllImageTypes()
    yield "no class", (), {}, lambda extractor: extractor.disableAllFeatures()


def _differs(here, there):
    if isinstance(there, tuple):
        return len(here) != len(there) or any(_differs(*pair) for pair in zip(here, there))
    if isinstance(there, (str, dict)):
        return here != there
    here, there = float(here), float(there)
    return here != there and abs(here - there) > max(1e-9, TOLERANCE * abs(there))


def _compared(name, case, results):
    here, there = results
    names = [key for key in there if key not in ONLY_THERE]
    same = [key for key in here if key not in ONLY_HERE] == names
    different = [key for key in names if key not in here or _differs(here[key], there[key])]
    print(
        f"{name}, {case}: {len(names)} names, {'the same order' if same else 'ANOTHER ORDER'}, "
        f"{len(different)} values differ {different[:3] if different else ''}"
    )
    return same and not different


def main(sources):
    radiomics.setVerbosity(60)
    trabecula.setVerbosity(60)
    good = True
    for case in ("brain1", "breast1"):
        paths = [f"{sources}/data/{case}_{part}.nrrd" for part in ("image", "label")]
        for inputs in (paths, [SimpleITK.ReadImage(path) for path in paths]):
            kind = case if inputs is paths else f"{case} as SimpleITK's images"
            for name, args, kwargs, change in _scenarios(sources):
                if inputs is not paths and name != "defaults":
                    continue
                results = []
                for module in (ours, theirs):
                    extractor = module.RadiomicsFeatureExtractor(*args, **kwargs)
                    if change is not None:
                        change(extractor)
                    results.append(extractor.execute(*inputs))
                good = _compared(name, kind, results) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
