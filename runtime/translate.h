/* The part of the pipeline that both users of IR share: the TB cache and the compile jobs. */
#ifndef RUNTIME_TRANSLATE_H
#define RUNTIME_TRANSLATE_H

#include "tcg/tcg.h"

/* The optimiser, on what a front end emitted; then liveness. With WEFT_DEBUG_IR verified. */
void ir_optimize(TCGContext *s);
void ir_liveness(TCGContext *s);

#endif
