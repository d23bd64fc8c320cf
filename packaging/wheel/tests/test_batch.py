"""A batch over a table."""

import pytest

import trabecula

PARAMS = {"featureClass": {"firstorder": ["Mean"], "shape": ["VoxelVolume"]}}


def test_rows_pass_through_and_get_features(image, mask):
    rows = [{"ID": "a", "Image": image, "Mask": mask}, {"ID": "b", "Image": image, "Mask": mask, "Label": 1}]
    result = trabecula.extract_table(rows, PARAMS, jobs=2, progress=False)
    assert [row["ID"] for row in result] == ["a", "b"]
    assert [row["original_shape_VoxelVolume"] for row in result] == [168, 168]
    assert [row["Failure"] for row in result] == ["", ""]


def test_a_row_gives_what_execute_gives(image, mask):
    one = trabecula.featureextractor.RadiomicsFeatureExtractor(PARAMS)
    rows = [{"Image": image, "Mask": mask}, {"Image": image, "Mask": mask, "Label": 1.0}]
    single = one.execute(image, mask)
    for row in trabecula.extract_table(rows, one, progress=False):
        assert {name: row[name] for name in single} == dict(single)


def test_a_row_that_fails_says_why_and_stops_no_other(image, mask, caplog):
    rows = [{"Image": image, "Mask": mask, "Label": 7}, {"Image": image, "Mask": mask, "Label": 1}]
    result = trabecula.extract_table(rows, PARAMS, progress=False)
    assert result[0]["Failure"].startswith("label-absent: No voxel of the mask has label 7")
    assert "original_firstorder_Mean" not in result[0]
    assert result[1]["original_firstorder_Mean"] > 0
    assert "row 1: label-absent" in caplog.text


def test_a_failure_may_be_raised_at_the_end(image, mask):
    rows = [{"Image": image, "Mask": mask}, {"Image": "/nowhere.nrrd", "Mask": mask}]
    with pytest.raises(trabecula.SomeCasesFailed, match="1 of 2 cases failed") as caught:
        trabecula.extract_table(rows, PARAMS, progress=False, on_failure="raise")
    assert caught.value.exit_code == 1
    assert caught.value.table[0]["original_firstorder_Mean"] > 0


def test_profile_of_the_program(image, mask):
    row = trabecula.extract_table([{"Image": image, "Mask": mask}], "mr-1197", progress=False)[0]
    assert len([name for name in row if name.count("_") == 2 and "diagnostics" not in name]) == 1197


def test_what_is_kept_is_not_computed_again(image, mask, tmp_path):
    rows = [{"Image": image, "Mask": mask}]
    kept = tmp_path / "kept.json"
    first = trabecula.extract_table(rows, PARAMS, progress=False, output=kept)
    assert kept.exists()
    assert (tmp_path / "kept.json.journal").exists()
    assert trabecula.extract_table(rows, PARAMS, progress=False, output=kept) == first


def test_progress_is_told(image, mask, capsys):
    trabecula.extract_table([{"Image": image, "Mask": mask}] * 3, PARAMS, progress=True)
    assert "3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "no row"),
        ([{"Image": "a"}], "needs columns Image and Mask"),
        ([{"Image": "a", "Mask": ""}], "Mask"),
    ],
)
def test_a_table_that_cannot_be_used(rows, sentence):
    with pytest.raises(trabecula.BadDataError, match=sentence):
        trabecula.extract_table(rows, PARAMS, progress=False)


def test_an_unknown_profile_is_refused(image, mask):
    with pytest.raises(trabecula.BadDataError, match="mr-1197"):
        trabecula.extract_table([{"Image": image, "Mask": mask}], "mr-1179", progress=False)


def test_a_data_frame_keeps_its_index(image, mask):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"ID": ["a", "b"], "Image": image, "Mask": mask, "Label": [1, None]}, index=["first", "second"]
    )
    result = trabecula.extract_table(frame, PARAMS, progress=False)
    assert list(result.index) == ["first", "second"]
    assert list(result["original_shape_VoxelVolume"]) == [168, 168]
    assert list(result.columns[:5]) == ["ID", "Image", "Mask", "Label", "Failure"]
