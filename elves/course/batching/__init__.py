"""Lab 10, vmap: what its checks need to know, in a file for each exercise.

Source: JAX's documentation, "Automatic vectorization" and "Autodidax: JAX core from scratch";
Bradbury et al., JAX (2018). The gradients of single examples: Goodfellow, "Efficient per-example
gradient computations" (2015), and Abadi et al. (2016).
"""

from elves.course.batching import clip, entries, matmul, record, reduce, vmap

EXERCISES = [each.EXERCISE for each in (entries, reduce, matmul, record, vmap, clip)]

QUIZZES = {
    "batching.silent": [
        {
            "question": "Three prices, one for each example: shape (3,). One vector of weights, "
            "which all share: shape (3,). Each example wants price * weights. What does NumPy "
            "give for prices * weights?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "an error, since the batch axis does not fit", "correct": False,
                 "feedback": "If only. To NumPy both are vectors of 3, and they fit."},
                {"answer": "shape (3,), without a word", "correct": True,
                 "feedback": "Yes: the first price times the first weight, and so on. Asked were "
                 "three vectors, shape (3, 3). NumPy does not know which axis is the batch."},
                {"answer": "shape (3, 3), a vector for each price", "correct": False,
                 "feedback": "That was asked. But NumPy does not know which axis is the batch."},
            ],
        }
    ],
    "batching.branch": [
        {
            "question": "f asks if x > 0 on its way, and x is batched, 1,400 examples. What can "
            "vmap(f) do?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "run both branches, and choose for each example", "correct": False,
                 "feedback": "np.where(x > 0, …, …) does that. But Python's own if asks once, and "
                 "takes one way."},
                {"answer": "ask each example in turn", "correct": False,
                 "feedback": "That would be the loop. f runs once."},
                {"answer": "nothing: it has to refuse", "correct": True,
                 "feedback": "Yes: one if, 1,400 answers. JAX refuses as well, and so do the "
                 "elves. np.where is what you write in its place."},
            ],
        }
    ],
    "batching.calls": [
        {
            "question": "The gradient of one image takes some 20 calls of NumPy. How many do 1,400 "
            "images take, by a loop and by vmap?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "28,000 and 28,000, but faster", "correct": False,
                 "feedback": "Under vmap, f runs once: each call meets all of the images."},
                {"answer": "28,000 and some 20", "correct": True,
                 "feedback": "Yes. The sums are the same. What goes away is Python between them."},
                {"answer": "28,000 and 1,400", "correct": False,
                 "feedback": "Not one for each image either: one for each operation in f."},
            ],
        }
    ],
}  # fmt: skip
