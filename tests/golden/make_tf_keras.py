"""Writes model files with tf_keras (Keras 2.21), which has the formats of tf.keras 2.x: ``python -m
tests.golden.make_tf_keras``.

The outputs are tf_keras's own.
"""

import numpy as np
import tensorflow as tf
import tf_keras

from tests.golden.compose import FILES, rng_of, write_results

L = tf_keras.layers


def sequential(shape, *layers, **options):
    return tf_keras.Sequential([L.Input(shape, **options), *layers])


def layers_of_every_kind():
    """Images, with what stands around them."""
    return sequential(
        (8, 8, 2),
        L.Rescaling(0.5),
        L.Conv2D(3, 3, padding="same", kernel_regularizer="l2", kernel_constraint="max_norm"),
        L.BatchNormalization(),
        L.ReLU(6.0),
        L.SeparableConv2D(4, 3, depthwise_initializer="he_normal"),
        L.DepthwiseConv2D(2, padding="same"),
        L.SpatialDropout2D(0.1),
        L.Conv2DTranspose(2, 3, strides=2, padding="same"),
        L.ZeroPadding2D(1),
        L.Cropping2D(((0, 1), (1, 0))),
        L.MaxPooling2D(2),
        L.PReLU(shared_axes=[1, 2]),
        L.Flatten(),
        L.Dense(3, activation=tf_keras.activations.swish),
        L.LeakyReLU(),
        L.Softmax(),
    )


def locally_connected():
    """All three layouts of the kernels of locally connected layers, one and two dimensions."""
    one, two = L.Input((7, 2)), L.Input((5, 4, 2))
    return tf_keras.Model(
        [one, two],
        [L.LocallyConnected1D(2, 3, implementation=i)(one) for i in (1, 2, 3)]
        + [L.LocallyConnected2D(2, 2, implementation=i)(two) for i in (1, 2, 3)]
        + [L.LocallyConnected2D(2, (3, 2), padding="same", implementation=i)(two) for i in (2, 3)],
    )


def recurrent():
    """Text: Embedding with a mask, stacked cells, both kinds of GRU, wrappers."""
    return tf_keras.Sequential(
        [
            L.Embedding(11, 3, mask_zero=True, input_length=5),
            L.Bidirectional(L.LSTM(3, return_sequences=True)),
            L.GRU(3, return_sequences=True, reset_after=False, recurrent_activation="hard_sigmoid"),
            L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True),
            L.TimeDistributed(L.Dense(3, "relu")),
            L.SimpleRNN(2, go_backwards=True),
        ]
    )


def stateful():
    """A stateful layer: the size of its batch is in the file."""
    return tf_keras.Sequential([L.LSTM(2, stateful=True, batch_input_shape=(3, 4, 2)), L.Dense(1)])


def operations():
    """Operations between layers: TFOpLambda and SlicingOpLambda with constants before and behind, dtypes,
    lists."""
    x = L.Input((6,))
    y = 1.0 - x * 2.0
    y = tf.nn.relu(tf.concat([y, x], axis=1))[:, 1:10]
    y = tf.transpose(tf.reshape(y, (-1, 3, 3)), (0, 2, 1))
    y = tf.reduce_sum(y, axis=-1) + tf_keras.backend.mean(x, axis=-1, keepdims=True)
    y = tf.where(y > 1.0, y, tf.cast(tf.cast(y, "int32"), "float32"))
    y = tf.stack([y, tf.math.sin(y)], axis=1)
    return tf_keras.Model(x, L.Dense(2)(L.Flatten()(y[..., ::-1])))


def nested():
    """Shared models inside of models, one frozen: their arrays lie in an order of their own."""
    a = L.Input((4, 4, 2))
    block = tf_keras.Model(a, L.BatchNormalization()(L.Conv2D(2, 2)(a)), name="block")
    head = tf_keras.Sequential(
        [L.Input((3, 3, 2)), L.BatchNormalization(), L.Conv2D(2, 2), L.Flatten(), L.Dense(3)], name="head"
    )
    head.layers[0].trainable = False
    block.trainable = False
    p, q = L.Input((4, 4, 2), name="p"), L.Input((4, 4, 2), name="q")
    merged = L.Concatenate()([head(block(p)), head(block(q, training=False))])
    return tf_keras.Model([p, q], [merged, L.Dense(1, name="last")(merged)])


def attention():
    """Tensors among the keyword arguments of a call."""
    a, b = L.Input((4, 3)), L.Input((5, 3))
    out, h, c = L.LSTM(3, return_sequences=True, return_state=True)(a)
    decoded = L.LSTM(3, return_sequences=True)(b, initial_state=[h, c])
    seen = L.MultiHeadAttention(2, 2)(decoded, value=out)
    return tf_keras.Model([a, b], L.LayerNormalization()(L.Add()([seen, L.Attention()([decoded, out])])))


MODELS = {
    "layers": layers_of_every_kind,
    "local": locally_connected,
    "recurrent": recurrent,
    "stateful": stateful,
    "operations": operations,
    "nested": nested,
    "attention": attention,
}


def main():
    for kind, make in MODELS.items():
        name = f"tf_2_21_{kind}"
        rng = rng_of(name)
        model = make()
        model.set_weights(
            [rng.uniform(0.1, 0.6, w.shape) * rng.choice([1, 1, 1], w.shape) for w in model.weights]
        )
        if kind == "layers":
            model.compile(tf_keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
            x = rng.normal(size=(8, *model.input_shape[1:]))
            model.fit(x, rng.integers(0, 3, 8), verbose=0, epochs=2)
        inputs = [rng.normal(size=(3, *shape)).astype("float32") for shape in shapes_of(model)]
        if kind == "recurrent":
            inputs = [rng.integers(1, 11, (3, 5)).astype("float32")]
            inputs[0][1, 3:] = 0
        found = model(inputs if len(inputs) > 1 else inputs[0], training=False)
        found = found if isinstance(found, list) else [found]
        model.save(FILES / f"{name}.h5", save_format="h5")
        write_results(name, inputs, [np.asarray(y) for y in found])


def shapes_of(model):
    shapes = model.input_shape
    shapes = shapes if isinstance(shapes, list) else [shapes]
    return [tuple(n or 4 for n in shape[1:]) for shape in shapes]


if __name__ == "__main__":
    main()
