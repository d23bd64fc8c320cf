"""What is wrong ends as an exception with the program's sentence."""

import os
import stat

import pytest

import trabecula
from trabecula import errors, featureextractor


def execute(image, mask, *args, **kwargs):
    return featureextractor.RadiomicsFeatureExtractor(*args).execute(image, mask, **kwargs)


def test_a_missing_image(mask):
    with pytest.raises(trabecula.NotFoundError, match="there is no such file") as caught:
        execute("/nowhere/image.nrrd", mask)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.exit_code == 65


def test_a_missing_label(image, mask):
    with pytest.raises(trabecula.BadDataError, match="No voxel of the mask has label 9; it has 1") as caught:
        execute(image, mask, label=9)
    assert caught.value.code == "label-absent"
    assert isinstance(caught.value, ValueError)


def test_another_grid(image, other_grid):
    with pytest.raises(trabecula.BadDataError, match="lie on different grids") as caught:
        execute(image, other_grid)
    assert caught.value.code == "geometry-mismatch"


def test_what_is_no_image(image):
    with pytest.raises(ValueError, match="neither a path nor an image of SimpleITK, but NoneType"):
        execute(image, None)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"featureClass": {"glcmm": []}}, "Did you mean 'glcm'"),
        ({"featureClass": {"glcm": ["Energy"]}}, "JointEnergy"),
        ({"imageType": {"Wavelets": {}}}, "'Wavelets' in imageType is not a known key"),
        ({"setting": {"binwidth": 5}}, "Did you mean 'binWidth'"),
        ({"setting": {"binWidth": -1}}, "binWidth"),
        ({"settings": {}}, "'settings'"),
    ],
)
def test_wrong_parameters_are_refused_at_once(params, sentence):
    with pytest.raises(trabecula.BadDataError, match=sentence):
        featureextractor.RadiomicsFeatureExtractor(params)


def test_an_unknown_keyword_is_refused_at_once():
    with pytest.raises(trabecula.BadDataError, match="'foo' in setting is not a known key"):
        featureextractor.RadiomicsFeatureExtractor(foo=1)


def test_an_unknown_feature_is_refused_when_it_is_wanted(image, mask):
    one = featureextractor.RadiomicsFeatureExtractor()
    one.enableFeaturesByName(firstorder=["Meen"])
    with pytest.raises(trabecula.BadDataError, match="firstorder has no feature"):
        one.execute(image, mask)


@pytest.mark.parametrize("text", ["setting: [", "just words", "- 1\n- 2\n"])
def test_a_file_that_is_no_parameter_file(tmp_path, text):
    file = tmp_path / "params.yaml"
    file.write_text(text)
    with pytest.raises(trabecula.BadDataError):
        featureextractor.RadiomicsFeatureExtractor(str(file))


def test_a_missing_parameter_file():
    with pytest.raises(OSError, match="does not exist"):
        featureextractor.RadiomicsFeatureExtractor("/nowhere/params.yaml")


def program(folder, body):
    """Stands for `worker` and ends as it is told."""
    file = folder / "worker"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("exit 64", trabecula.UsageError), ("exit 65", trabecula.BadDataError),
        ("exit 69", trabecula.UnavailableError), ("exit 73", trabecula.CannotWriteError),
        ("exit 75", trabecula.TryAgainError), ("exit 99", trabecula.ProgramFailed),
        ("kill -9 $$", trabecula.ProgramFailed),
    ],
)  # fmt: skip
def test_each_exit_code_has_a_class(tmp_path, monkeypatch, image, mask, ending, kind):
    one = featureextractor.RadiomicsFeatureExtractor()
    program(tmp_path, f"echo 'Error: what was tried' >&2; {ending}")
    monkeypatch.setenv("TRABECULA_PROGRAMS", str(tmp_path))
    with pytest.raises(kind, match="what was tried") as caught:
        one.execute(image, mask)
    assert type(caught.value) is kind


def test_a_program_that_is_not_there(tmp_path, monkeypatch, image, mask):
    monkeypatch.setenv("TRABECULA_PROGRAMS", str(tmp_path))
    with pytest.raises(trabecula.UnavailableError, match="is no program"):
        featureextractor.RadiomicsFeatureExtractor().execute(image, mask)


def test_classes_are_those_that_scripts_catch():
    assert issubclass(errors.BadDataError, ValueError)
    assert issubclass(errors.UsageError, ValueError)
    assert issubclass(errors.CannotWriteError, OSError)
    assert os.strerror(2) not in str(errors.NotFoundError("a sentence"))
