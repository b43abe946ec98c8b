/** Latencies in buckets that are 5 % wide. */
export class Histogram {
  readonly #counts = new Uint32Array(400)
  #total = 0

  add(us: number): void {
    const i = Math.min(399, Math.max(0, Math.round(Math.log(Math.max(1, us)) / Math.log(1.05))))
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
    this.#total++
  }

  percentile(percent: number): number {
    let left = (this.#total * percent) / 100
    for (let i = 0; i < 400; i++) {
      left -= this.#counts[i] ?? 0
      if (left <= 0) return Math.round(1.05 ** i)
    }
    return 0
  }
}
