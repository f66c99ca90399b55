"""A folder of images: sizes, colours, what is broken, and the digest; against Pillow itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from actbench import data
from actbench.data.image_folder import read_images
from actbench.data.inspection import inspect_file
from actbench.data.tables import FileError
from actbench.data.user_file import UserFile, describe
from actbench.errors import SpecError
from actbench.spec.experiment import Experiment
from actbench.spec.spec_files import validate
from actbench.spec.yaml_document import parse


def pixels(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes of ten images each, 6 x 5 pixels, in colour; and a hidden file."""
    for number, name in enumerate(("cats", "dogs")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(10):
            image = Image.fromarray(pixels(10 * number + i, 6, 5, 3))
            image.save(tmp_path / "photos" / name / f"{i}.png")
    (tmp_path / "photos" / "cats" / ".hidden").write_text("no image")
    return tmp_path / "photos"


def test_images_are_read_class_by_class_as_they_are(photos: Path) -> None:
    x, labels, sizes = read_images(photos)
    assert x.shape == (20, 6, 5, 3)
    np.testing.assert_array_equal(x[12], pixels(12, 6, 5, 3))
    assert labels == ["cats"] * 10 + ["dogs"] * 10
    assert sizes == {(6, 5): 20}


def test_images_are_brought_to_one_size_as_pillow_does(photos: Path) -> None:
    Image.fromarray(pixels(99, 9, 4, 3)).save(photos / "dogs" / "0.png")
    with pytest.raises(FileError, match=r"have 2 sizes, most often 6 x 5; `size: \[32, 32\]`"):
        read_images(photos)
    x, _, sizes = read_images(photos, (8, 7))
    assert x.shape == (20, 8, 7, 3)
    assert sizes == {(6, 5): 19, (9, 4): 1}
    with Image.open(photos / "dogs" / "0.png") as image:
        np.testing.assert_array_equal(x[10], image.resize((7, 8), Image.Resampling.BILINEAR))


def test_images_are_grey_unless_one_has_colour(photos: Path) -> None:
    for file in photos.glob("*/*.png"):
        with Image.open(file) as image:
            grey = image.convert("L")
        (grey if file.stem != "3" else grey.convert("RGB")).save(file)
    x, *_ = read_images(photos)
    assert x.shape == (20, 6, 5)
    Image.fromarray(pixels(7, 6, 5, 3)).save(photos / "dogs" / "9.png")
    assert read_images(photos).x.shape == (20, 6, 5, 3)


def test_transparent_becomes_white_and_16_bits_become_8(photos: Path) -> None:
    Image.new("RGBA", (5, 6), (0, 0, 0, 0)).save(photos / "cats" / "0.png")
    Image.fromarray(np.full((6, 5), 0x8012, np.uint16)).save(photos / "cats" / "1.png")
    x, *_ = read_images(photos)
    assert (x[0] == 255).all()
    assert (x[1] == 0x80).all()


def test_broken_files_are_named_all_at_once(photos: Path) -> None:
    whole = (photos / "dogs" / "4.png").read_bytes()
    (photos / "dogs" / "4.png").write_bytes(whole[: len(whole) // 2])
    (photos / "cats" / "notes.txt").write_text("these are cats")
    (photos / "dogs" / "folder").mkdir()
    words = r"3 files cannot be read as images: cats/notes.txt \(.*dogs/4.png \(.*dogs/folder \("
    with pytest.raises(FileError, match=words):
        read_images(photos)


def spec(folder: Path, options: str) -> Experiment:
    text = (
        f"name: t\ndataset: {{file: photos/, {options}}}\narchitecture: {{type: mlp, units: [4]}}\n"
        "activations: {hidden: [relu]}\nbatch_size: 4\n"
    )
    return validate(parse(text, "t.yaml"), folder)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("target: cats", "`target` is for columns, and a folder of images has none"),
        ("drop: [a]", "`drop` is for columns"),
        ("task: regression", "the folders of images are classes"),
        ("test: {last: 0.2, by: date}", "`test` names a column"),
        ("size: 32", "dataset.size: expected a list"),
        ("size: [0, 8]", "expected at least 1"),
        ("size: [9999, 9999]", "choose a smaller `size`"),
    ],
)
def test_what_does_not_go_with_images_is_said(photos, options, words, monkeypatch) -> None:
    monkeypatch.setattr("actbench.data.image_folder.free_memory", lambda: 10**9)
    with pytest.raises(SpecError, match=words):
        spec(photos.parent, options)


def test_a_folder_without_classes_is_refused(tmp_path: Path, photos: Path) -> None:
    with pytest.raises(FileError, match="expected a folder of images for each class, got none"):
        read_images(photos / "cats")
    (photos / "owls").mkdir()
    with pytest.raises(FileError, match="there is no image in owls"):
        read_images(photos)
    with pytest.raises(FileError, match="there is no file"):
        UserFile(tmp_path / "nowhere", None).parse()


def test_the_digest_is_that_of_the_pixels(photos: Path) -> None:
    """Not of the files' names, and of the size that they are brought to."""
    (choice,) = spec(photos.parent, "size: [4, 4]").dataset
    former = data.load(choice.request)
    assert former.train.x.shape == (16, 4, 4, 3)
    assert former.task == "binary"
    (photos / "cats" / "9.png").rename(photos / "cats" / "99.png")
    assert data.load(choice.request).digest == former.digest
    (other,) = spec(photos.parent, "size: [4, 5]").dataset
    assert data.load(other.request).digest != former.digest


def test_inspection_suggests_a_size(photos: Path) -> None:
    inspection = inspect_file(photos)
    assert inspection.source.size == (6, 5)
    assert inspection.class_rows == {"cats": 10, "dogs": 10}
    Image.fromarray(pixels(99, 9, 4, 3)).save(photos / "dogs" / "0.png")
    inspection = inspect_file(photos)
    assert inspection.source.size == (32, 32)
    assert "several sizes" in inspection.columns[0].reason


def test_a_photo_is_turned_upright(photos: Path) -> None:
    image = Image.fromarray(pixels(3, 5, 6, 3))
    exif = image.getexif()
    exif[0x0112] = 6  # turned by a quarter
    image.save(photos / "cats" / "0.png", exif=exif)
    np.testing.assert_array_equal(read_images(photos).x[0], np.rot90(pixels(3, 5, 6, 3), -1))


def test_no_name_of_a_file_is_kept(photos: Path) -> None:
    info, _ = describe(UserFile(photos, None), "photos")
    assert ".png" not in repr(info)
