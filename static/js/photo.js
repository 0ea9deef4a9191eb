/* Looks at a photo before it is sent: a small picture of it, and whether it seems dark, small or blurred. Only a hint:
   what may be sent is for its sender to say. Nothing leaves the device for it. */
(() => {
  "use strict";
  const portal = (self.portal = self.portal || {});
  // Edges in pixels: of what is measured, of what is shown; and a page of which nobody can read the small print.
  const MEASURED = 1200, SHOWN = 320, SMALL = 1000;
  // Of 255: the light parts of a paper in a dark room; how much a tile must differ in itself to hold writing.
  const DARK = 90, CONTRAST = 40, TILE = 40;
  // From dark to light within one pixel: the share of a letter's edge in a sharp photo is well above.
  const BLURRED = 0.25;

  portal.isPhoto = (file) => /^image\//.test(file.type) || /\.(jpe?g|png|hei[cf]|tiff?)$/i.test(file.name || "");

  const drawn = (bitmap, edge) => {
    const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d", { willReadFrequently: edge === MEASURED });
    pen.imageSmoothingQuality = "high";
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  };

  const greys = (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = new Uint8Array(data.length / 4);
    for (let n = 0; n < found.length; n += 1) found[n] = (data[4 * n] * 77 + data[4 * n + 1] * 150 + data[4 * n + 2] * 29) >> 8;
    return found;
  };

  const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

  /* How steep the steepest edge of each tile with writing is, against what is dark and light in it: 1 is the sharpest. */
  const edges = (grey, width, height) => {
    const found = [];
    for (let top = 0; top + TILE < height; top += TILE) {
      for (let left = 0; left + TILE < width; left += TILE) {
        let low = 255, high = 0, step = 0;
        for (let y = top; y < top + TILE; y += 1) {
          for (let x = left; x < left + TILE; x += 1) {
            const at = y * width + x, here = grey[at];
            low = Math.min(low, here);
            high = Math.max(high, here);
            step = Math.max(step, Math.abs(here - grey[at + 1]), Math.abs(here - grey[at + width]));
          }
        }
        if (high - low >= CONTRAST) found.push(step / (high - low));
      }
    }
    return found.sort((one, other) => one - other);
  };

  /* {picture, faults}; no picture where the browser cannot open the format. */
  portal.lookAtPhoto = async (file) => {
    let bitmap;
    try { bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }); } catch { return { faults: [] }; }
    const faults = [], measured = drawn(bitmap, MEASURED), grey = greys(measured);
    const found = edges(grey, measured.width, measured.height);
    // The lightest tenth is the paper, unless there is none.
    if (share(Uint8Array.from(grey).sort(), 0.9) < DARK) faults.push("dark");
    if (Math.max(bitmap.width, bitmap.height) < SMALL) faults.push("small");
    else if (found.length && share(found, 0.75) < BLURRED) faults.push("blurred");
    const picture = drawn(bitmap, SHOWN);
    bitmap.close();
    return { picture, faults };
  };

  /* Several photos as one file, and singly again: their bytes one after the other, with names and sizes. */
  portal.bundle = (items, words) => ({
    name: words.bundle.replace("{n}", items.length),
    size: items.reduce((sum, { size }) => sum + size, 0),
    photos: items.map(({ name, size }) => [name.slice(-60), size]),
    file: new File(items.map(({ file }) => file), "photos"),
    picture: items[0].picture,
  });
  portal.unbundle = ({ file, photos }) => {
    let start = 0;
    return photos.map(([name, size]) => new File([file.slice(start, (start += size))], name));
  };
})();
