"""A Cloudinary account as the store, on Cloudinary's SDK. See docs/cloudinary.md."""
