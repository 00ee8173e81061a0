"""Layout of the row and the constants of the kernels of Poisson neurons.

The planner writes and the kernels read the row by these names. `poisson_alike` uses
those of the value, the neurons, the generator and the decoders only.
"""

# --- Offsets into the row

N_NEURONS = 0
N_DIMENSIONS = 1

#: Place of the represented value.
X = 2

#: Place of the neurons' parameters: encoder and bias of each, in the order of groups.
NEURONS = 3

#: Place of the constants below.
CONSTANTS = 4

#: Kind of rate neuron (see `poisson_tables.RATES`).
KIND = 5

#: Place of the event list.
EVENTS = 6

#: Place of the output of all neurons, or -1 if only the event list is needed.
OUTPUT = 7

#: Logarithm to base 2 of the number of groups.
LOG_GROUPS = 8

#: Number of alias tables, a power of two.
N_TABLES = 9

#: Index in the row of the work space for undecided candidates.
UNDECIDED = 10

#: Place of the sums and the groups' bounds of each table.
SUMS = 11

#: Index in the row of the four words of the generator.
GENERATOR = 12

#: Place of the work space for making a table: three numbers a group.
GROUP_SPACE = 16

#: Place of the radius of the ball (for more than one dimension).
RADIUS = 17

N_DECODERS = 18

#: Place of the neurons' indices in Nengo, or 0 if nothing else reads the events.
ORDER = 19

#: Index in the row of the labels: for which range of x each table was made.
LABELS = 20

#: Index in the row of the alias tables.
TABLES = 21

#: Place of the numbers of neurons that are alike (in `poisson_alike` only).
SIZES = 22

#: The decoders begin here; each has `DECODER_SIZE` integers.
DECODERS = 23

# --- Offsets into the integers of a decoder

DECODER_ROWS = 0
DECODER_WEIGHTS = 1
DECODER_Y = 2
DECODER_STRIDE = 3
DECODER_SIZE = 4

# --- Offsets into the constants

DT = 0

#: Size of a spike: amplitude / dt.
SPIKE = 1

#: Width of a cell of the line, or radius of the ball, and its inverse.
EXTENT = 2
PER_EXTENT = 3

#: Constants of the rate neuron.
TAU_REF = 4
TAU_RC = 5
AMPLITUDE = 6

# --- Offsets into the sums of a table

#: Expected number of candidates in a step, and the probability that there are none.
MEAN = 0
P_ZERO = 1

#: The bound of each group's rates follows.
BOUNDS = 2
