/**
 * Style transfer, as `course_utils.style` does it: a picture is changed step by step until its maps are those of one
 * picture, and their Gram matrices those of another.
 * @module lab/style
 */

/** How many pairs of convolutions are computed, and after which of them a layer's Gram matrix is taken (0: the first layer). */
const PAIRS = 7, CONTENT = 5;
/** From fine to coarse. */
export const STYLE_LAYERS = [[0, "conv1"], [1, "pair 1"], [3, "pair 3"], [5, "pair 5"], [7, "pair 7"]];
const ADAM = { rate: 0.02, first: 0.9, second: 0.999, small: 1e-7 };

/**
 * @typedef {object} Losses the two losses without their weights
 * @property {number} content
 * @property {number} style
 */

/**
 * The network's first layers, and what is derived from them. Whoever makes one disposes of it.
 * @param {any} tf
 * @param {any} net the shipped backbone: a MobileNet whose normalisations are folded into its convolutions
 */
export function createPainter(tf, net) {
  const first = net.getLayer("conv1").getWeights();
  const pairs = Array.from({ length: PAIRS }, (_, i) => {
    const deep = net.getLayer(`conv_dw_${i + 1}`), wide = net.getLayer(`conv_pw_${i + 1}`);
    return { step: deep.strides[0], deep: deep.getWeights(), wide: wide.getWeights() };
  });
  const depthwise = pairs.map(({ step, deep }) => depthwiseWithSlope(tf, deep[0], step));

  /** The maps after the first layer and after each pair. @param {any} picture of shape [1, side, side, 3], from 0 to 1 */
  function mapsOf(picture) {
    let x = tf.relu6(tf.add(tf.conv2d(tf.sub(tf.mul(picture, 2), 1), first[0], 2, "same"), first[1]));
    const maps = [x];
    pairs.forEach(({ deep, wide }, i) => {
      x = tf.relu6(tf.add(depthwise[i](x), deep[1]));
      x = tf.relu6(tf.add(tf.conv2d(x, wide[0], 1, "same"), wide[1]));
      maps.push(x);
    });
    return maps;
  }

  return {
    /**
     * What is aimed at.
     * @param {any} content @param {any} style pictures, of shape [1, side, side, 3]
     * @returns {{ maps: any, grams: any[] }} tensors to dispose of
     */
    aim: (content, style) => tf.tidy(() => {
      const all = mapsOf(style);
      return { maps: mapsOf(content)[CONTENT], grams: STYLE_LAYERS.map(([index]) => gram(tf, all[index])) };
    }),
    /**
     * The gradient of the weighted sum with respect to the picture, and the losses.
     * @param {any} picture @param {{ maps: any, grams: any[] }} aim
     * @param {{ style: number, smooth: number, layers: number[] }} weights of the style, of smoothness, and of each style layer
     * @returns {{ slope: any, content: any, style: any }} tensors to dispose of
     */
    slope(picture, aim, { style, smooth, layers }) {
      const all = layers.reduce((sum, weight) => sum + weight, 0);
      let losses;
      const { value, grad } = tf.valueAndGrad((x) => {
        const maps = mapsOf(x);
        const content = share(tf, maps[CONTENT], aim.maps);
        let styled = tf.scalar(0);
        STYLE_LAYERS.forEach(([index], i) => {
          if (layers[i]) styled = tf.add(styled, tf.mul(share(tf, gram(tf, maps[index]), aim.grams[i]), layers[i] / all));
        });
        losses = [tf.keep(content.clone()), tf.keep(styled.clone())];
        return tf.add(content, tf.add(tf.mul(styled, all ? style : 0), tf.mul(roughness(tf, x), smooth)));
      })(picture);
      value.dispose();
      return { slope: grad, content: losses[0], style: losses[1] };
    },
  };
}

/** How strongly each two maps answer at the same places, on average. @param {any} tf @param {any} maps of shape [1, h, w, c] */
export function gram(tf, maps) {
  const [, height, width, channels] = maps.shape;
  const rows = tf.reshape(maps, [height * width, channels]);
  return tf.div(tf.matMul(rows, rows, true), height * width);
}

/** The squared difference as a share of the squares of what is wanted. */
function share(tf, values, wanted) {
  return tf.div(tf.sum(tf.square(tf.sub(values, wanted))), tf.sum(tf.square(wanted)));
}

/** The mean squared difference of neighbouring dots, down and across. */
function roughness(tf, picture) {
  const [, height, width, colours] = picture.shape;
  const part = (top, left, rows, columns) => tf.slice(picture, [0, top, left, 0], [1, rows, columns, colours]);
  const down = tf.sub(part(1, 0, height - 1, width), part(0, 0, height - 1, width));
  const across = tf.sub(part(0, 1, height, width - 1), part(0, 0, height, width - 1));
  return tf.add(tf.mean(tf.square(down)), tf.mean(tf.square(across)));
}

/**
 * Adam for one tensor, on the numbers themselves: the picture is small, and is wanted for drawing after each step anyway.
 * @param {number} length
 * @returns {(values: Float32Array, slope: Float32Array) => void} changes `values` in place, and keeps them from 0 to 1
 */
export function createAdam(length) {
  const mean = new Float32Array(length), square = new Float32Array(length);
  let steps = 0;
  return (values, slope) => {
    steps += 1;
    const meanShare = 1 - ADAM.first ** steps, squareShare = 1 - ADAM.second ** steps;
    for (let i = 0; i < length; i += 1) {
      mean[i] = ADAM.first * mean[i] + (1 - ADAM.first) * slope[i];
      square[i] = ADAM.second * square[i] + (1 - ADAM.second) * slope[i] * slope[i];
      const moved = values[i] - (ADAM.rate * mean[i]) / meanShare / (Math.sqrt(square[i] / squareShare) + ADAM.small);
      values[i] = Math.min(1, Math.max(0, moved));
    }
  };
}

/**
 * A depthwise convolution whose slope is computed with another one. TensorFlow.js (4.22) has no kernel of its own for that
 * slope in WebAssembly, and this way a phone without a usable graphics card paints as well. Sides are even.
 * @param {any} tf @param {any} kernel of shape [3, 3, channels, 1] @param {number} step 1 or 2
 */
export function depthwiseWithSlope(tf, kernel, step) {
  return tf.customGrad((x) => ({
    value: tf.depthwiseConv2d(x, kernel, step, "same"),
    gradFunc: (slope) => tf.depthwiseConv2d(step === 1 ? slope : spreadOut(tf, slope), tf.reverse(kernel, [0, 1]), 1, "same"),
  }));
}

/** Twice as high and wide, with zeros above and left of each number: where a step of 2 left places out. */
function spreadOut(tf, values) {
  const [, height, width, channels] = values.shape;
  const before = [[0, 0], [1, 0], [0, 0]];
  const wider = tf.pad(tf.reshape(values, [height * width, 1, channels]), before);
  const higher = tf.pad(tf.reshape(wider, [height, 1, 2 * width * channels]), before);
  return tf.reshape(higher, [1, 2 * height, 2 * width, channels]);
}
