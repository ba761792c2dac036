// The design of a model with K linear predictors: a block for each class, all of them the same X̃,
//
//     diag(X̃, …, X̃),     K n rows,  K p columns,  column k p + j of class k and feature j.
//
// Nothing is repeated: products of all classes with X are made together, in one pass, and those of
// single columns read a column once for all classes that ask for it.
#pragma once

#include <vector>

#include "fastreg/design/standardized.hpp"
#include "fastreg/solver/working_set.hpp"

namespace fastreg {

class ClasswiseDesign final : public Design {
public:
    // X must outlive this.
    ClasswiseDesign(const StandardizedDesign& X, Index n_classes);

    Index rows() const override { return n_classes_ * X_.rows(); }
    Index cols() const override { return n_classes_ * X_.cols(); }
    // Most of the blocks are zeros: columns are never gathered.
    bool sparse() const override { return true; }
    double column_cost(Index j) const override { return X_.column_cost(j % X_.cols()); }
    double pass_cost() const override { return static_cast<double>(n_classes_) * X_.pass_cost(); }

    void matvec(const ConstMatrixRef& B, MatrixRef out) const override;
    void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const override;
    void add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const override;
    void transpose_matvec_columns(Features J, const ConstMatrixRef& R,
                                  MatrixRef out) const override;
    void columns(Features J, MatrixRef out) const override;
    void sandwich(const ConstVectorRef& weights, Features J, const ConstVectorRef& center,
                  MatrixRef out) const override;
    ColumnMoments column_moments(const ConstVectorRef& weights) const override;

private:
    // Calls visit(k, places, features) for every class that J has columns of.
    template <class Visit>
    void for_each_class(Features J, Visit visit) const;

    // Brings sorted_ and places_ to columns J.
    void sort_entries(Features J) const;

    const StandardizedDesign& X_;
    Index n_classes_;
    // The features that single columns were asked of, and where they are there, −1 if nowhere.
    mutable WorkingSet used_;
    mutable std::vector<Index> position_;
    // The columns last asked for, by the features of X, and their places in that order.
    mutable std::vector<Index> last_, places_;
    mutable std::vector<ClassEntry> sorted_;
};

}  // namespace fastreg
