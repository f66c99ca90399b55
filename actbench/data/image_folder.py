"""A folder of images, one folder a class: the arrays, in one size, grey or in colour."""

import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from actbench.data.tables import FileError, free_memory
from actbench.wording import counted, listed

Size = tuple[int, int]  # rows and columns of pixels

_NAMED = 10  # files that a message names


class Images(NamedTuple):
    """Images and their classes.

    `x`: bytes, shape (images, rows, columns), with a last axis of 3 if any image has colour.
    `labels`: the name of the folder of each one. `sizes`: how many images have each size as they
    are stored, as rows and columns.
    """

    x: NDArray[np.uint8]
    labels: list[str]
    sizes: Counter[Size]


def read_images(folder: Path, size: Size | None = None) -> Images:
    """Read every image below the folders of a folder, in the order of their names.

    Images are brought to `size`, rows and columns of pixels, by bilinear interpolation; without
    one, all must have the same. What is transparent becomes white; hidden files are left out.

    Raises:
        FileError: there are no classes or images, files that cannot be read, or several sizes.
    """
    files = _files(folder)
    if size is not None:
        _refuse_large(len(files), size)
    arrays, sizes, problems = [], Counter[Size](), []
    for file in files:
        try:
            pixels, stored = _pixels(file, size)
        except Exception as error:  # a damaged image makes its reader raise nearly anything
            reason = str(error).replace(str(file), file.name) or type(error).__name__
            problems.append(f"{file.relative_to(folder)} ({reason.splitlines()[0][:100]})")
            continue
        arrays.append(pixels)
        sizes[stored] += 1
    if problems:
        more = f" and {len(problems) - _NAMED:,} more" if len(problems) > _NAMED else ""
        words = f"{counted(len(problems), 'file')} cannot be read as images"
        raise FileError(f"{words}: {listed(problems[:_NAMED])}{more}; mend or remove them", "file")
    if size is None and len(sizes) > 1:
        (rows, columns), _ = sizes.most_common(1)[0]
        words = f"the images have {len(sizes)} sizes, most often {rows} x {columns}"
        raise FileError(f"{words}; `size: [32, 32]` brings all to one", "size")
    x = np.stack(arrays)
    if (x == x[..., :1]).all():
        x = x[..., 0]
    return Images(np.ascontiguousarray(x), [file.parent.name for file in files], sizes)


def _files(folder: Path) -> list[Path]:
    """The files in the folders of a folder, class by class."""
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(classes) < 2:
        names = listed(p.name for p in classes) or "none"
        raise FileError(f"expected a folder of images for each class, got {names}", "file")
    files = {p: sorted(f for f in p.iterdir() if not f.name.startswith(".")) for p in classes}
    if empty := [p.name for p in classes if not files[p]]:
        raise FileError(f"there is no image in {listed(empty)}", "file")
    return [file for each in files.values() for file in each]


def _pixels(file: Path, size: Size | None) -> tuple[NDArray[np.uint8], Size]:
    """The image as bytes, shape (rows, columns, 3), and its size as it is stored."""
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)
        with Image.open(file) as image:
            upright: Any = ImageOps.exif_transpose(image)
            if upright.mode in ("I", "I;16", "I;16B", "I;16L"):  # 16 bits a pixel
                high = np.asarray(upright).astype(np.int64) >> 8
                upright = Image.fromarray(high.clip(0, 255).astype(np.uint8))
            elif upright.mode == "F":
                raise ValueError("its pixels are fractions; save it with 8 bits a channel")
            if upright.has_transparency_data:
                layers = upright.convert("RGBA")
                white = Image.new("RGBA", layers.size, "white")
                upright = Image.alpha_composite(white, layers)
            colour = upright.convert("RGB")
    stored = (colour.height, colour.width)
    if size is not None and stored != size:
        colour = colour.resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(colour, np.uint8), stored


def _refuse_large(images: int, size: Sequence[int]) -> None:
    needed = images * size[0] * size[1] * 3
    if needed > free_memory() // 3:
        words = f"{images:,} images of {size[0]} x {size[1]} take {needed / 1e9:.1f} GB"
        raise FileError(f"{words}, and there is less memory; choose a smaller `size`", "size")
