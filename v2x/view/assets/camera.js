// Which part of the plane the map shows: metres to pixels of the canvas and back.

/** Pixels left free around what is fitted: there are tools and a legend. */
const FRAME = 48;
/** Pixels around the canvas in which something may stand that reaches into it. */
const MARGIN = 30;

export class Camera {
  #canvas;
  #centre = [0, 0];

  constructor(canvas) {
    this.#canvas = canvas;
    /** Pixels a metre. */
    this.scale = 1;
  }

  get width() { return this.#canvas.clientWidth; }

  get height() { return this.#canvas.clientHeight; }

  toScreen(x_m, y_m) {
    return [
      this.width / 2 + (x_m - this.#centre[0]) * this.scale,
      this.height / 2 - (y_m - this.#centre[1]) * this.scale,
    ];
  }

  toPlane(x, y) {
    return [
      this.#centre[0] + (x - this.width / 2) / this.scale,
      this.#centre[1] - (y - this.height / 2) / this.scale,
    ];
  }

  /** Whether a point of the canvas can be seen, or something around it. */
  sees(x, y) {
    return x > -MARGIN && y > -MARGIN && x < this.width + MARGIN && y < this.height + MARGIN;
  }

  /** Show all points, which are at least one. */
  fit(points_m) {
    const xs = points_m.map(([x]) => x);
    const ys = points_m.map(([, y]) => y);
    const [west, east] = [Math.min(...xs), Math.max(...xs)];
    const [south, north] = [Math.min(...ys), Math.max(...ys)];
    this.#centre = [(west + east) / 2, (south + north) / 2];
    this.scale = Math.min(
      Math.max(this.width - 2 * FRAME, 100) / Math.max(east - west, 60),
      Math.max(this.height - 2 * FRAME, 100) / Math.max(north - south, 60),
    );
  }

  /** Zoom about a point of the canvas, which stays where it is. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const [atX, atY] = this.toPlane(x, y);
    this.scale = Math.min(Math.max(this.scale * factor, 0.02), 60);
    const [nowX, nowY] = this.toPlane(x, y);
    this.#centre = [this.#centre[0] + atX - nowX, this.#centre[1] + atY - nowY];
  }

  /** Move what is shown by pixels. */
  pan(x, y) {
    this.#centre = [this.#centre[0] - x / this.scale, this.#centre[1] + y / this.scale];
  }
}
