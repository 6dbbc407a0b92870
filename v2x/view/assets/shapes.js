// What the map is drawn with: shapes and texts, in pixels of the canvas.

/** A filled circle. */
export function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

/** A vehicle: a rectangle with a pointed front, towards its grid heading; from afar large enough to be seen. */
export function body(pen, x, y, grid_deg, length, width) {
  const long = Math.max(length, 8);
  const wide = Math.max(width, 4);
  const nose = Math.min(long * 0.35, Math.max(wide * 0.5, 2.5));
  pen.save();
  pen.translate(x, y);
  pen.rotate((grid_deg * Math.PI) / 180);
  pen.beginPath();
  pen.moveTo(0, -long / 2);
  pen.lineTo(wide / 2, -long / 2 + nose);
  pen.lineTo(wide / 2, long / 2);
  pen.lineTo(-wide / 2, long / 2);
  pen.lineTo(-wide / 2, -long / 2 + nose);
  pen.fill();
  pen.restore();
}

/** Text that begins at a point, with a halo. */
export function label(pen, text, x, y, font, colour, halo) {
  pen.font = font;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.lineWidth = 3;
  pen.strokeStyle = halo;
  pen.strokeText(text, x, y);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

/** Text in the middle of a rounded plate. */
export function badge(pen, text, x, y, font, colour, plate) {
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const wide = pen.measureText(text).width + 6;
  const high = 17;
  pen.fillStyle = plate;
  pen.beginPath();
  pen.roundRect(x - wide / 2, y - high / 2, wide, high, 4);
  pen.fill();
  pen.fillStyle = colour;
  pen.fillText(text, x, y + 0.5);
}
