"""Cut the demo pictures: demo-data.py SOURCE LIST DESTINATION (see make-demo-data).

Each drawing is laid on white, trimmed to what is drawn with a margin of 4 %, made at most 256 pixels on its longest side, and written as a
PNG with a palette. The same list and the same Pillow give the same bytes.
"""

import shutil
import sys
from pathlib import Path

from PIL import Image, ImageChops

LONGEST = 256
MARGIN = 0.04
LARGEST_SOURCE = 1024

Image.MAX_IMAGE_PIXELS = None  # the package is trusted, and holds drawings of more than 100 megapixels


def on_white(picture):
    picture = picture.convert("RGBA")
    if max(picture.size) > LARGEST_SOURCE:
        picture.thumbnail((LARGEST_SOURCE, LARGEST_SOURCE), Image.Resampling.LANCZOS)
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    return paper.convert("RGB")


def trimmed(picture):
    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, "white"))
    box = difference.convert("L").point([255 if level > 8 else 0 for level in range(256)]).getbbox()
    if box is None:
        raise ValueError("nothing is drawn")
    drawn = picture.crop(box)
    margin = round(MARGIN * max(drawn.size))
    paper = Image.new("RGB", (drawn.width + 2 * margin, drawn.height + 2 * margin), "white")
    paper.paste(drawn, (margin, margin))
    return paper


def shrunk(picture):
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return picture


def main(source, listing, destination):
    rows = [line.split("\t") for line in listing.read_text().splitlines() if line and not line.startswith("#")]
    for split in sorted({row[0] for row in rows}):
        shutil.rmtree(destination / split, ignore_errors=True)
    total = 0
    for split, label, path in rows:
        target = destination / split / label / Path(path).name
        if target.exists():
            raise SystemExit(f"{path}: {target} is there already; two drawings of one name")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with Image.open(source / path) as picture:
                drawing = shrunk(trimmed(on_white(picture)))
        except (OSError, ValueError) as error:
            raise SystemExit(f"{path}: {error}") from error
        drawing.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG).save(target, optimize=True)
        total += target.stat().st_size
    print(f"{len(rows)} pictures, {total / 1e6:.1f} MB, in {destination}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
