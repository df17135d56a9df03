/*
 * 16550A UART: register level of the data sheet, no baud rate.
 *
 * Output goes to the chardev at once, so that the transmitter is always empty. Input is pulled:
 * what the receive FIFO cannot take waits at the back end, which is the flow control that lets a
 * paste of any length arrive whole. A line has no way to say "nobody listens yet", and a driver
 * that starts clears the FIFO several times; so input is not let in at all before the guest
 * listens, that is, while the receive interrupt is disabled and the guest does not poll the line
 * status either.
 */
#include "hw/devices.h"

#include <string.h>

enum { FIFO_SIZE = 16 };

/* Offsets; DLL and DLM replace 0 and 1 while LCR.DLAB is set. */
enum { RBR_THR = 0, IER = 1, IIR_FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7 };

enum { IER_RDI = 1, IER_THRI = 2, IER_RLSI = 4, IER_MSI = 8 };
enum {
    IIR_NONE = 0x01,
    IIR_MSI = 0x00,
    IIR_THRI = 0x02,
    IIR_RDI = 0x04,
    IIR_RLSI = 0x06,
    IIR_TIMEOUT = 0x0c,
    IIR_FIFOS = 0xc0,
};
enum { FCR_ENABLE = 1, FCR_CLEAR_RX = 2 };
enum { LCR_DLAB = 0x80 };
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT1 = 4, MCR_OUT2 = 8, MCR_LOOP = 0x10 };
enum { LSR_DR = 1, LSR_OE = 2, LSR_ERRORS = 0x1e, LSR_THRE = 0x20, LSR_TEMT = 0x40 };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80 };

/* Reads of LSR in a row, with nothing between but the data, that make a polling reader. */
enum { POLLS = 4 };

struct UART {
    Chardev *chr;
    IRQ irq;
    uint8_t fifo[FIFO_SIZE];
    unsigned head, count;
    uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
    uint8_t errors;    /* LSR error bits, cleared by reading LSR */
    uint8_t msr_delta; /* low half of MSR, cleared by reading MSR */
    bool thre_pending; /* cleared by reading it from IIR */
    bool shown;        /* the guest knows of data in the FIFO */
    unsigned polls;
};

static unsigned capacity(const UART *u)
{
    return u->fcr & FCR_ENABLE ? FIFO_SIZE : 1;
}

static unsigned trigger(const UART *u)
{
    static const uint8_t level[4] = {1, 4, 8, 14};

    return u->fcr & FCR_ENABLE ? level[u->fcr >> 6] : 1;
}

/* What IIR shows, by the priorities of the data sheet. */
static unsigned pending(const UART *u)
{
    if ((u->ier & IER_RLSI) && u->errors) {
        return IIR_RLSI;
    }
    if ((u->ier & IER_RDI) && u->count >= trigger(u)) {
        return IIR_RDI;
    }
    /* Four character times pass at once. */
    if ((u->ier & IER_RDI) && u->count) {
        return IIR_TIMEOUT;
    }
    if ((u->ier & IER_THRI) && u->thre_pending) {
        return IIR_THRI;
    }
    if ((u->ier & IER_MSI) && u->msr_delta) {
        return IIR_MSI;
    }
    return IIR_NONE;
}

static void update_irq(UART *u)
{
    irq_set(u->irq, pending(u) != IIR_NONE);
}

static void rx_push(UART *u, uint8_t byte)
{
    if (u->count >= capacity(u)) {
        u->errors |= LSR_OE;
        return;
    }
    u->shown &= u->count != 0;
    u->fifo[(u->head + u->count++) % FIFO_SIZE] = byte;
}

/* All four enables with the FIFO off is a driver finding out which UART this is. */
static bool listening(const UART *u)
{
    return u->polls >= POLLS || ((u->ier & IER_RDI) && !(u->ier == 0x0f && !(u->fcr & FCR_ENABLE)));
}

static size_t can_receive(void *opaque)
{
    UART *u = opaque;

    /* bytes kept from a FIFO that was switched off may be more than it holds now */
    if ((u->mcr & MCR_LOOP) || !listening(u) || u->count >= capacity(u)) {
        return 0;
    }
    return capacity(u) - u->count;
}

static void receive(void *opaque, const uint8_t *buf, size_t len)
{
    UART *u = opaque;

    for (size_t i = 0; i < len; i++) {
        rx_push(u, buf[i]);
    }
    update_irq(u);
}

static void ask_for_input(UART *u)
{
    if (u->chr && u->chr->accept_input && can_receive(u)) {
        u->chr->accept_input(u->chr);
    }
}

static uint8_t rx_pop(UART *u)
{
    uint8_t byte = 0;

    if (u->count) {
        byte = u->fifo[u->head];
        u->head = (u->head + 1) % FIFO_SIZE;
        u->count--;
        u->shown = true;
    }
    if (u->count == 0) {
        ask_for_input(u);
    }
    return byte;
}

int uart_getchar(UART *u)
{
    int c = -1;

    if (u->count == 0) {
        u->polls = POLLS;
        ask_for_input(u);
    }
    if (u->count) {
        c = rx_pop(u);
        update_irq(u);
    }
    return c;
}

static uint8_t modem_lines(const UART *u)
{
    if (!(u->mcr & MCR_LOOP)) {
        return MSR_CTS | MSR_DSR | MSR_DCD;
    }
    return (u->mcr & MCR_RTS ? MSR_CTS : 0) | (u->mcr & MCR_DTR ? MSR_DSR : 0) |
           (u->mcr & MCR_OUT1 ? MSR_RI : 0) | (u->mcr & MCR_OUT2 ? MSR_DCD : 0);
}

static void set_mcr(UART *u, uint8_t val)
{
    uint8_t before = modem_lines(u), after;

    u->mcr = val & 0x1f;
    after = modem_lines(u);
    /* TERI, bit 2, is for the trailing edge of RI only. */
    u->msr_delta |= ((before ^ after) >> 4 & 0xb) | ((before & ~after & MSR_RI) ? 4 : 0);
}

static void set_fcr(UART *u, uint8_t val)
{
    /*
     * Changing the mode clears the FIFOs too. Linux enables the interrupt before the FIFO: what the
     * guest has had no sign of may as well arrive right after this.
     */
    if ((((u->fcr ^ val) & FCR_ENABLE) || ((val & FCR_ENABLE) && (val & FCR_CLEAR_RX))) &&
        u->shown) {
        u->count = 0;
    }
    u->fcr = val & FCR_ENABLE ? val & 0xc1 : 0;
}

static void transmit(UART *u, uint8_t byte)
{
    if (u->mcr & MCR_LOOP) {
        rx_push(u, byte);
        u->shown = true;
    } else {
        chardev_write(u->chr, &byte, 1);
    }
    u->thre_pending = true;
}

static uint64_t uart_read(void *opaque, uint64_t offset, unsigned size)
{
    UART *u = opaque;
    unsigned reg = offset & 7, val = 0;

    if (reg == LSR) {
        u->polls += u->polls < POLLS;
    } else if (reg != RBR_THR || u->count == 0) {
        u->polls = 0;
    }
    switch (reg) {
    case RBR_THR: val = u->lcr & LCR_DLAB ? u->dll : rx_pop(u); break;
    case IER: val = u->lcr & LCR_DLAB ? u->dlm : u->ier; break;
    case IIR_FCR:
        val = pending(u);
        if (val == IIR_THRI) {
            u->thre_pending = false;
        }
        u->shown |= val == IIR_RDI || val == IIR_TIMEOUT;
        val |= u->fcr & FCR_ENABLE ? IIR_FIFOS : 0;
        break;
    case LCR: val = u->lcr; break;
    case MCR: val = u->mcr; break;
    case LSR:
        if (u->count == 0) {
            ask_for_input(u);
        }
        val = LSR_THRE | LSR_TEMT | u->errors | (u->count ? LSR_DR : 0);
        u->shown |= u->count != 0;
        u->errors = 0;
        break;
    case MSR:
        val = modem_lines(u) | u->msr_delta;
        u->msr_delta = 0;
        break;
    case SCR: val = u->scr; break;
    }
    update_irq(u);
    return val;
}

static void uart_write(void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    UART *u = opaque;
    uint8_t val = value;

    u->polls = 0;
    switch (offset & 7) {
    case RBR_THR:
        if (u->lcr & LCR_DLAB) {
            u->dll = val;
        } else {
            transmit(u, val);
        }
        break;
    case IER:
        if (u->lcr & LCR_DLAB) {
            u->dlm = val;
            break;
        }
        /* Enabling it while the transmitter is empty raises it. */
        if (val & ~u->ier & IER_THRI) {
            u->thre_pending = true;
        }
        u->ier = val & 0x0f;
        ask_for_input(u);
        break;
    case IIR_FCR:
        set_fcr(u, val);
        ask_for_input(u);
        break;
    case LCR: u->lcr = val; break;
    case MCR:
        set_mcr(u, val);
        ask_for_input(u);
        break;
    case SCR: u->scr = val; break;
    }
    update_irq(u);
}

/* The registers are bytes; 32-bit accesses, which some bare-metal code makes, mean the low byte. */
const BusOps uart_ops = {uart_read, uart_write, 1 | 4};

UART *uart_new(Chardev *chr, IRQ irq)
{
    UART *u = g_new0(UART, 1);

    u->chr = chr;
    u->irq = irq;
    if (chr) {
        chr->can_receive = can_receive;
        chr->receive = receive;
        chr->opaque = u;
    }
    uart_reset(u);
    return u;
}

void uart_reset(UART *u)
{
    u->head = u->count = 0;
    u->ier = u->fcr = u->lcr = u->mcr = u->scr = u->dlm = 0;
    u->dll = 12;
    u->errors = u->msr_delta = 0;
    u->thre_pending = false;
    u->shown = false;
    u->polls = 0;
    update_irq(u);
}

void uart_free(UART *u)
{
    if (u && u->chr) {
        u->chr->can_receive = NULL;
        u->chr->receive = NULL;
        u->chr->opaque = NULL;
    }
    g_free(u);
}
