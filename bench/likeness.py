"""How alike images are. Runs in an environment of its own: ``python likeness.py`` reads pairs.

SSIM of luma with the Gaussian window of Wang, Bovik, Sheikh and Simoncelli, "Image quality
assessment: from error visibility to structural similarity" (2004), by scikit-image.
"""

import io
import json
import sys

import numpy as np  # type: ignore[import-not-found] # not in the environment of the checks
from PIL import Image, ImageCms, ImageOps
from skimage.metrics import structural_similarity  # type: ignore[import-not-found] # likewise

WINDOW = 11
"""Pixels across: 3.5 standard deviations of 1.5 pixels to each side."""

SRGB = ImageCms.createProfile("sRGB")
SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
"""What a profile must be of to fit an image's mode."""


def luma(path: str) -> "np.typing.NDArray[np.uint8]":
    """The picture as a browser shows it: upright, in sRGB, on white."""
    opened = Image.open(path)
    profile = opened.info.get("icc_profile")
    image: Image.Image = ImageOps.exif_transpose(opened)
    if profile:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if SPACES.get(image.mode) == own.profile.xcolor_space.strip():
            image = ImageCms.profileToProfile(image, own, SRGB, outputMode="RGB") or image
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.asarray(image.convert("RGB").convert("L"))


def ssim(one: str, other: str) -> float | None:
    """None if they differ in size, or are smaller than the window."""
    first, second = luma(one), luma(other)
    if first.shape != second.shape or min(first.shape) < WINDOW:
        return None
    return float(
        structural_similarity(
            first,
            second,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def main() -> None:
    for line in sys.stdin:
        pairs: list[list[str]] = json.loads(line)["pairs"]
        print(json.dumps({"ssim": [ssim(*pair) for pair in pairs]}), flush=True)


if __name__ == "__main__":
    main()
