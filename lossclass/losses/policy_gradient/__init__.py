"""Policy gradient (REINFORCE): Σₜ Rₜ ln π(yₜ|sₜ), and its negative, the loss to minimise.

At each time step t an action yₜ is taken in a state sₜ with the probability π(yₜ|sₜ) that the
policy gives it; Rₜ is what it brought. Sources: Williams, "Simple statistical gradient-following
algorithms for connectionist reinforcement learning", Machine Learning 8 (1992); returns with a
discount, bootstrap and baseline as in Sutton and Barto, *Reinforcement Learning* (2nd ed., 2018),
sections 3.3, 13.3 and 13.4; the sum itself as in the course's handout, which prints no minus and
takes the reward at t for Rₜ.

The sum over time is that of one episode, and its gradient estimates that of the expected return.
Over several episodes the estimate is the mean: the loss is the mean over the episodes of their
sums, unless ``reduction`` says otherwise.

``form`` is ``loss`` unless the problem says otherwise: every other loss here is to be minimised,
and gradient descent on the sum without its minus would unlearn what was rewarded. What the
handout prints is ``form: objective``. Either way a remark gives both numbers.
"""

from lossclass.losses.policy_gradient.episode_steps import formula_of, solve
from lossclass.losses.policy_gradient.inputs import Inputs
from lossclass.losses.policy_gradient.own_slips import slips
from lossclass.losses.policy_gradient.vectorised import frameworks, gradient, value

__all__ = [
    "ALIASES",
    "FORMULA",
    "TEMPLATE",
    "TITLE",
    "Inputs",
    "formula_of",
    "frameworks",
    "gradient",
    "slips",
    "solve",
    "value",
]

TITLE = "Policy gradient (REINFORCE)"
FORMULA = "L = −Σₜ Rₜ ln π(yₜ|sₜ)"
ALIASES = ("reinforce", "rl")
TEMPLATE = """
# The reward of each time step. For returns that are known already, write returns instead.
rewards: [0, 0, 1]
# returns: [0.81, 0.9, 1]  # in the place of rewards

# The probability that the policy gave to the action taken, at each step.
policy: [0.5, 0.8, 0.25]

# Or of every action, one row for each step, and which was taken, by its index from 0. With logits
# in place of policy, the softmax is worked out; log_policy has natural logarithms, of the actions
# taken or of all.
# policy: [[0.5, 0.5], [0.8, 0.2], [0.75, 0.25]]  # in the place of policy above; with actions
# log_policy: [-0.69, -0.22, -1.39]  # in the place of policy above
# logits: [[0, 0], [1.4, 0], [1.1, 0]]  # in the place of policy above; with actions
# actions: [0, 0, 1]  # with policy, logits or rnn
# rnn: {inputs: [1, 2, 3], U: 0.5, W: 0.1, V: [1, -1]}  # in the place of policy above; with actions

# Make returns of the rewards: what a reward counts one step earlier; one number, or one for each
# step. Without it, each step has its own reward alone.
# discount: 0.9

# The value of the state after the last step, where the episode goes on; it needs a discount.
# bootstrap: 0  # with discount

# What is taken off the returns: one number, or one for each step, or mean: that of all returns.
# baseline: 0.5

# Make the mean of all advantages (or returns) 0, and their standard deviation 1.
# normalise: true

# Several episodes, of any lengths. Without a reduction, the loss is then the mean over the episodes
# of their sums over time; with mean, it is the mean over all steps.
# episodes:  # in the place of rewards, policy
#   - {rewards: [0, 1], policy: [0.5, 0.8]}
#   - {rewards: [1, 0, 2], policy: [0.25, 0.5, 0.4]}

# What to work out: the loss, to minimise, or its negative as it is often printed: objective.
# form: loss
"""
