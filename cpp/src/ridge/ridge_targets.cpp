#include "fastreg/ridge/ridge_targets.hpp"

#include <stdexcept>

namespace fastreg {

RidgeTargets::RidgeTargets(const ConstMatrixRef& Y, const RidgeDesign& Z, const GramStats* stats)
    : Y_(Y), Z_(Z), mean_(Vector::Zero(Y.cols())), square_(Y.cols()) {
    const bool centred = Z.standardized().null_row_space().size() > 0;
    if (stats) {
        square_ = stats->yty / stats->weight;
        if (centred)
            mean_ = stats->y_mean;
        else
            square_ += stats->y_mean.cwiseAbs2();
    } else {
        standardized_ = Y_;
        for (Index t = 0; t < count(); ++t)
            mean_[t] = Z.standardized().standardize_response(standardized_->col(t));
        square_ = standardized_->colwise().squaredNorm().transpose() / static_cast<double>(rows());
    }
    if (!square_.allFinite()) throw std::invalid_argument("Y is too large: its squares overflow");
}

Vector RidgeTargets::projected_square() const {
    if (!Z_.projected()) return square_;
    return projected().colwise().squaredNorm().transpose() / static_cast<double>(rows());
}

const Matrix& RidgeTargets::standardized() const {
    if (!standardized_) {
        standardized_ = Y_;
        for (Index t = 0; t < count(); ++t)
            Z_.standardized().standardize_response(standardized_->col(t));
    }
    return *standardized_;
}

const Matrix& RidgeTargets::explained() const {
    if (!explained_)
        explained_ =
            Z_.projected() ? Matrix(Z_.basis().transpose() * standardized()) : Matrix(0, count());
    return *explained_;
}

const Matrix& RidgeTargets::projected() const {
    if (!Z_.projected()) return standardized();
    if (!projected_) {
        projected_ = standardized();
        Z_.project_targets(*projected_);
    }
    return *projected_;
}

}  // namespace fastreg
