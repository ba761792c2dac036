// The losses of generalised linear models with their canonical link, row by row:
//
//     ℓ(y, η) = A(η) − y η,       μ = A'(η),       r = y − μ,       A''(η) the curvature,
//
// counted from that of a perfect fit, so that 2 Σ w ℓ is the deviance (McCullagh and Nelder 1989).
//
// The certificate needs the divergence of a mean m from μ, KL(m ‖ μ) = ℓ(m, η) in this count: the
// Fenchel–Young gap of the loss at the dual point y − m.
#pragma once

#include "fastreg/core/types.hpp"

namespace fastreg {

// A shift of every predictor, and what it adds to Σ w ℓ.
struct LossShift {
    double by, loss;
};

class Loss {
public:
    // The steps Σ w r / Σ w μ' that balance() is good for.
    static constexpr double most_shift = 1e-3;

    virtual ~Loss() = default;

    // Of every row; returns Σ w ℓ. Empty weights stand for ones. What overflows is infinite.
    virtual double evaluate(const Vector& y, const Vector& weight, const Vector& eta,
                            VectorRef residual, VectorRef curvature) const = 0;
    // Shifts every predictor by the small step with which Σ w r vanishes: the residual is
    // brought up to date to rounding, and the curvature to 1e-13, by series, which take no exponential.
    virtual LossShift balance(const Vector& y, const Vector& weight, VectorRef residual,
                              VectorRef curvature) const = 0;
    // Σ w KL(m ‖ μ) with m = μ + difference; infinite if a mean is outside its domain.
    virtual double divergence(const Vector& weight, const Vector& eta,
                              const ConstVectorRef& difference) const = 0;
    // The same for m = μ + share (y − μ), 0 ≤ share ≤ 1, from what evaluate() found.
    virtual double divergence_toward(const Vector& y, const Vector& weight, const Vector& eta,
                                     const Vector& residual, const Vector& curvature,
                                     double share) const;
};

inline double Loss::divergence_toward(const Vector& /*y*/, const Vector& weight, const Vector& eta,
                                      const Vector& residual, const Vector& /*curvature*/,
                                      double share) const {
    return divergence(weight, eta, share * residual);
}

// y in [0, 1]: a class, or a share with the number of trials as its weight.
class BinomialLoss final : public Loss {
public:
    double evaluate(const Vector& y, const Vector& weight, const Vector& eta, VectorRef residual,
                    VectorRef curvature) const override;
    LossShift balance(const Vector& y, const Vector& weight, VectorRef residual,
                      VectorRef curvature) const override;
    double divergence(const Vector& weight, const Vector& eta,
                      const ConstVectorRef& difference) const override;
    double divergence_toward(const Vector& y, const Vector& weight, const Vector& eta,
                             const Vector& residual, const Vector& curvature,
                             double share) const override;
};

// y ≥ 0: counts, or rates with the exposure as their weight.
class PoissonLoss final : public Loss {
public:
    double evaluate(const Vector& y, const Vector& weight, const Vector& eta, VectorRef residual,
                    VectorRef curvature) const override;
    LossShift balance(const Vector& y, const Vector& weight, VectorRef residual,
                      VectorRef curvature) const override;
    double divergence(const Vector& weight, const Vector& eta,
                      const ConstVectorRef& difference) const override;
};

}  // namespace fastreg
