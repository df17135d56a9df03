/* What OpenSBI's fw_dynamic finds behind a2 (its docs/firmware/fw_dynamic.md), little endian. */
#ifndef HW_FW_DYNAMIC_H
#define HW_FW_DYNAMIC_H

#include <stdint.h>

typedef struct FwDynamicInfo {
    uint64_t magic, version, next_addr, next_mode, options, boot_hart;
} FwDynamicInfo;
enum { FW_DYNAMIC_MAGIC = 0x4942534f, FW_DYNAMIC_VERSION = 2, FW_DYNAMIC_S_MODE = 1 };

#endif
