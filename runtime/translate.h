/* The part of the pipeline that both users of IR share: the TB cache and the compile jobs. */
#ifndef RUNTIME_TRANSLATE_H
#define RUNTIME_TRANSLATE_H

#include "tcg/tcg.h"

/* Optimises what a front end emitted and adds liveness. With WEFT_DEBUG_IR verified in between. */
void ir_finish(TCGContext *s);

#endif
