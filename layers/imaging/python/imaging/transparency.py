"""What is seen through: lost nowhere to black, and dropped where it does nothing."""

from PIL import Image


def flattened(image: Image.Image) -> Image.Image:
    """Without transparency, on white: where JPEG cannot be transparent, black would show."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def without_idle_alpha(image: Image.Image) -> Image.Image:
    """RGB in place of RGBA if every pixel is opaque."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image


def visible(image: Image.Image) -> Image.Image:
    """A BMP whose alpha is nothing but zeros was written by who knew of no alpha."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
        return image.convert("RGB")
    return image
