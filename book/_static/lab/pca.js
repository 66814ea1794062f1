/**
 * Vectors compared and laid out in two dimensions: cosine similarity, nearest neighbours, principal components.
 * @module lab/pca
 */

/** The cosine of the angle between two vectors: 1 for the same direction, 0 for nothing in common. */
export function cosine(a, b) {
  let dot = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i += 1) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa && bb ? dot / Math.sqrt(aa * bb) : 0;
}

/**
 * The others, nearest first.
 * @param {ArrayLike<number>[]} vectors
 * @param {number} chosen
 * @returns {Array<{ index: number, similarity: number }>}
 */
export function neighbours(vectors, chosen) {
  return vectors.map((vector, index) => ({ index, similarity: cosine(vectors[chosen], vector) }))
    .filter(({ index }) => index !== chosen)
    .sort((a, b) => b.similarity - a.similarity);
}

/**
 * The directions in which vectors differ most, and where each vector stands along them. There are fewer vectors than
 * numbers in each, so the work is done on the products of all pairs: their eigenvectors, found by power iteration, are
 * the places along the principal components.
 * @param {ArrayLike<number>[]} vectors
 * @param {number} [count]
 * @returns {{ points: number[][], shares: number[] }} `count` numbers for each vector, and how much of all variance each
 *   component holds
 */
export function principalComponents(vectors, count = 2) {
  const n = vectors.length, length = vectors[0]?.length ?? 0;
  const mean = new Float64Array(length);
  for (const vector of vectors) for (let i = 0; i < length; i += 1) mean[i] += vector[i] / n;
  const centred = vectors.map((vector) => Float64Array.from(vector, (value, i) => value - mean[i]));
  const products = centred.map((a) => Float64Array.from(centred, (b) => a.reduce((sum, value, i) => sum + value * b[i], 0)));
  const total = products.reduce((sum, row, i) => sum + row[i], 0);
  const points = vectors.map(() => []), shares = [];
  for (let k = 0; k < count; k += 1) {
    const { value, vector } = strongest(products, k);
    vector.forEach((share, i) => points[i].push(share * Math.sqrt(Math.max(0, value))));
    shares.push(total > 0 ? Math.max(0, value) / total : 0);
    products.forEach((row, i) => { for (let j = 0; j < n; j += 1) row[j] -= value * vector[i] * vector[j]; });
  }
  return { points, shares };
}

/** The greatest eigenvalue of a symmetric matrix that has no negative ones, and its unit vector, by power iteration. */
function strongest(matrix, seed) {
  const n = matrix.length;
  let vector = Float64Array.from({ length: n }, (_, i) => Math.sin((i + 1) * (seed + 1.37)) + 1e-3), value = 0;
  for (let round = 0; round < 500; round += 1) {
    const next = Float64Array.from(matrix, (row) => row.reduce((sum, entry, j) => sum + entry * vector[j], 0));
    const size = Math.hypot(...next);
    if (size < 1e-12) return { value: 0, vector: new Float64Array(n) };
    next.forEach((entry, i) => { next[i] = entry / size; });
    const settled = Math.abs(size - value) < 1e-10 * size;
    [vector, value] = [next, size];
    if (settled && round > 5) break;
  }
  return { value, vector };
}
