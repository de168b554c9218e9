#pragma once

namespace fbert {

// The function that follows a linear layer. GELU is x * Phi(x) by erf, kGeluTanh its tanh form (Hendrycks and Gimpel
// 2016, arXiv:1606.08415).
enum class Activation { kNone, kGelu, kGeluTanh, kRelu, kTanh };

}  // namespace fbert
