// The stored histories: arrays that lie in the page, or are read by ranges of bytes from the live page.
// What is in them is told in sim/report/histories_pack.py.

const TYPES = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

function decode(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** How the deflated bytes of a chunk are had: from the index itself, or from the file at an address. */
function chunkReader(index, address) {
  if (index.chunks) return async (chunk) => decode(index.chunks[chunk]);
  return async (chunk) => {
    const [start, end] = index.ranges[chunk];
    const answer = await fetch(address, { headers: { Range: `bytes=${start}-${end - 1}` } });
    if (answer.status !== 206) throw new Error(`no range of the histories: status ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
}

/** The histories of all points; those of a point are read when they are first asked for. */
export class Histories {
  #index;
  #read;
  #chunks = new Map();
  #points = new Map();

  constructor(index, address = null) {
    this.#index = index;
    this.#read = chunkReader(index, address);
  }

  /** The array of a name. */
  async array(name) {
    const { type, chunk } = this.#index.arrays[name];
    if (!this.#chunks.has(chunk)) this.#chunks.set(chunk, this.#read(chunk).then(inflate));
    return new TYPES[type](await this.#chunks.get(chunk));
  }

  /** The histories of a point. */
  point(point) {
    if (!this.#points.has(point)) this.#points.set(point, this.#load(point));
    return this.#points.get(point);
  }

  async #load(point) {
    const names = ["clusters", ...["finished", "days", "held", "thirds"].map((name) => `${name}.${point}`)];
    const [clusters, ...arrays] = await Promise.all(names.map((name) => this.array(name)));
    return new PointHistories(this.#index, clusters, ...arrays);
  }
}

/** The histories of a point, by their rows. */
class PointHistories {
  constructor(index, clusters, finished, days, held, thirds) {
    this.clusters = clusters;
    this.rows = Array.from(finished.keys()).filter((row) => finished[row] === 1);
    const size = index.histories;
    const line = (array, place) => array.subarray(place * size, (place + 1) * size);
    const horizons = index.horizons.length;
    this.thirds = index.drivers.map((_, place) => line(thirds, place));
    this.days = new Map();
    this.held = new Map();
    for (const { id, is_state: isState } of index.questions) {
      const place = isState ? this.held.size : this.days.size;
      if (isState) this.held.set(id, index.horizons.map((_, day) => line(held, place * horizons + day)));
      else this.days.set(id, line(days, place));
    }
    this.horizons = index.horizons;
  }

  /** The share of all histories in which a question holds by each of some days that rise. */
  curve(question, days) {
    const counts = days.map((day) => {
      const holds = this.holds(question, day);
      return this.rows.reduce((k, row) => k + (holds(row) ? 1 : 0), 0);
    });
    return days.map((day, i) => ({ day, share: this.rows.length ? counts[i] / this.rows.length : NaN }));
  }

  /** Whether a question holds in a row by a day, or on it where it is a state, which is known at horizons alone. */
  holds(question, day) {
    const days = this.days.get(question);
    if (days) return (row) => days[row] <= day;
    const held = this.held.get(question)[this.horizons.indexOf(day)];
    return (row) => held[row] === 1;
  }
}
