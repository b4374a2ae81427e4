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

SRGB = ImageCms.createProfile("sRGB")


def luma(path: str) -> "np.typing.NDArray[np.uint8]":
    """The picture as a browser shows it: upright, in sRGB, on white."""
    opened = Image.open(path)
    profile = opened.info.get("icc_profile")
    image: Image.Image = ImageOps.exif_transpose(opened)
    if profile and image.mode in {"RGB", "CMYK"}:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        image = ImageCms.profileToProfile(image, own, SRGB, outputMode="RGB") or image
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.asarray(image.convert("RGB").convert("L"))


def ssim(one: str, other: str) -> float:
    return float(
        structural_similarity(
            luma(one),
            luma(other),
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
