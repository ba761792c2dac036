from fastreg._core_baseline import alpha_max as alpha_max
from fastreg._core_baseline import compiler as compiler
from fastreg._core_baseline import eigen_version as eigen_version
from fastreg._core_baseline import elastic_net_path as elastic_net_path
from fastreg._core_baseline import isa as isa
from fastreg._core_baseline import ridge_path as ridge_path
from fastreg._core_baseline import version as version
