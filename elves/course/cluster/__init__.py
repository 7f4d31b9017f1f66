"""Lab 15, many machines: what its checks need to know, in a file for each exercise.

Source: Patarasuk & Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations"
(2009), sections 3 and 4; Sergeev & Del Balso, "Horovod: fast and easy distributed deep learning in
TensorFlow" (2018). `local` starts a cluster for the lab's end, and nothing else here needs one.
"""

from elves.course.cluster import plan, ring, shards, together

EXERCISES = [each.EXERCISE for each in (shards, together, ring, plan)]

QUIZZES = {
    "cluster.means": [
        {
            "question": "One worker has 1,000 images, and their mean loss is 1. Another has 400, "
            "and their mean loss is 8. What is the mean loss of all 1,400?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "4.5", "correct": False,
                 "feedback": "That is the mean of 1 and 8. One of the 400 counts 2.5 times as "
                 "much in it as one of the 1,000."},
                {"answer": "3", "correct": True,
                 "feedback": "Yes: (1,000 · 1 + 400 · 8) / 1,400. Each image counts the same."},
                {"answer": "9", "correct": False,
                 "feedback": "Sums add up. These are means, and a mean lies between its parts."},
            ],
        }
    ],
    "cluster.busy": [
        {
            "question": "100 workers send their slopes to worker 0, who adds them up and sends the "
            "sum back to each. How much does worker 0 send, compared with the others?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "the same", "correct": False,
                 "feedback": "The others send their slopes once. Worker 0 has 99 to answer."},
                {"answer": "99 times as much", "correct": True,
                 "feedback": "Yes. And 99 wait while it sends. In a ring nobody sends twice the "
                 "array, however many there are."},
                {"answer": "twice as much", "correct": False,
                 "feedback": "The sum goes to each of the other 99."},
            ],
        }
    ],
    "cluster.killed": [
        {
            "question": "In the middle of a step the process of a worker is killed. Its part, and "
            "the images that it had loaded, are gone. What will the losses be?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "a little off from there on", "correct": False,
                 "feedback": "That would be so if the step went on without the part."},
                {"answer": "training ends there, with an error", "correct": False,
                 "feedback": "It would, if nobody remembered how the part was made."},
                {"answer": "the same", "correct": True,
                 "feedback": "Yes: the scheduler has the recipe of each result, and another worker "
                 "follows it: load the images, then find their slopes."},
            ],
        }
    ],
}  # fmt: skip
