"""Lab 12, curvature: what its checks need to know, in a file for each exercise.

Source of the method: Pearlmutter, "Fast exact multiplication by the Hessian" (Neural Computation,
1994); Griewank & Walther, Evaluating Derivatives (2nd ed. 2008), chapter 5, for tangents of
gradients; Nocedal & Wright, Numerical Optimization (2nd ed. 2006), algorithms 5.2 (conjugate
gradients) and 7.1 (Newton with them, and what to do where the curvature is negative).
"""

from elves.course.curvature import cg, differences, hessian, newton, product
from elves.course.talk import question, turned

EXERCISES = [each.EXERCISE for each in (differences, product, hessian, cg, newton)]

QUIZZES = {
    "curvature.passes": [
        turned(
            question(
                "f has 1,000 inputs. How many products, each one a walk there and back with "
                "tangents, fill its whole Hessian?",
                ("1,000", "Yes: one product gives a whole column, and there are 1,000 columns."),
                ("1,000,000", "That is how many entries there are: a product gives 1,000 at once."),
                ("1", "One product gives the Hessian times one direction: a column, if that is a "
                 "unit vector."),
            ),
            2,
        )
    ],
    "curvature.memory": [
        turned(
            question(
                "A network has a million weights. How much memory does its Hessian take, in floats "
                "of 8 bytes?",
                ("8 TB", "Yes: a million times a million entries. One product with it is 8 MB."),
                ("8 MB", "That is one vector: a gradient, or one product."),
                ("8 GB", "A million squared is a million millions."),
            ),
            1,
        )
    ],
    "curvature.quadratic": [
        turned(
            question(
                "f is a quadratic bowl with 10 inputs, and you start far from its bottom. How many "
                "Newton steps does it take?",
                ("1", "Yes: a Newton step goes to the bottom of a quadratic, and f is one."),
                ("10", "That is the most that conjugate gradients need inside one Newton step."),
                ("the farther, the more", "That is true of gradient descent. A quadratic has the "
                 "same Hessian everywhere, so that one step knows the whole way."),
            ),
            1,
        )
    ],
}  # fmt: skip
