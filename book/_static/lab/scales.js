/**
 * Number lines: from values to pixels and back, and round numbers to write on an axis.
 * @module lab/scales
 */

/**
 * A scale from `domain` to `range` (pixels). `log: true` spreads powers of ten evenly.
 * @param {{ domain: [number, number], range: [number, number], log?: boolean }} options
 * @returns {((value: number) => number) & { invert(pixel: number): number, domain: [number, number] }}
 */
export function createScale({ domain, range, log = false }) {
  const forward = log ? (v) => Math.log10(Math.max(v, 1e-300)) : (v) => v;
  const backward = log ? (v) => 10 ** v : (v) => v;
  const [d0, d1] = domain.map(forward);
  const [r0, r1] = range;
  const scale = (value) => r0 + ((forward(value) - d0) / (d1 - d0 || 1)) * (r1 - r0);
  scale.invert = (pixel) => backward(d0 + ((pixel - r0) / (r1 - r0 || 1)) * (d1 - d0));
  scale.domain = domain;
  return scale;
}

/**
 * About `count` round values within a domain: steps of 1, 2 or 5 times a power of ten (powers of ten if `log`).
 * @param {[number, number]} domain
 * @param {number} count
 * @param {boolean} [log]
 * @returns {number[]}
 */
export function ticks([low, high], count, log = false) {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    const every = Math.max(1, Math.ceil((last - first + 1) / Math.max(2, count)));
    const powers = [];
    for (let power = first; power <= last; power += every) powers.push(10 ** power);
    return powers;
  }
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) values.push(i * step);
  return values;
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** How a tick is written: as many decimals as the step needs, powers of ten beyond five digits. */
export function tickText(value, step) {
  const size = Math.abs(value);
  if (size < 1e-12) return "0";
  if (size >= 1e5 || size < 0.99e-4) {
    const power = Math.floor(Math.log10(size) + 1e-9);
    const factor = value / 10 ** power;
    const exponent = String(power).replace(/./g, (digit) => SUPERSCRIPTS[digit]);
    return `${Math.abs(factor - 1) < 1e-6 ? "" : `${Number(factor.toPrecision(3))}·`}10${exponent}`.replace("-", "−");
  }
  const digits = step ? Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9))) : 3;
  return (step ? value.toFixed(digits) : String(Number(value.toPrecision(6)))).replace("-", "−");
}
