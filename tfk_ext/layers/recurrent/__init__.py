"""The recurrent layers and their cells."""

from tfk_ext.layers.recurrent.base import RNN as RNN
from tfk_ext.layers.recurrent.cudnn import CuDNNGRU as CuDNNGRU
from tfk_ext.layers.recurrent.cudnn import CuDNNLSTM as CuDNNLSTM
from tfk_ext.layers.recurrent.gru import GRU as GRU
from tfk_ext.layers.recurrent.gru import GRUCell as GRUCell
from tfk_ext.layers.recurrent.lstm import LSTM as LSTM
from tfk_ext.layers.recurrent.lstm import LSTMCell as LSTMCell
from tfk_ext.layers.recurrent.minimal import MinimalRNNCell as MinimalRNNCell
from tfk_ext.layers.recurrent.simple import SimpleRNN as SimpleRNN
from tfk_ext.layers.recurrent.simple import SimpleRNNCell as SimpleRNNCell
from tfk_ext.layers.recurrent.stacked import StackedRNNCells as StackedRNNCells
