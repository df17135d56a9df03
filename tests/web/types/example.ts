import { Weft, WeftError, detectFeatures, type Exit, type Stats, type TerminalLike } from 'weft';

declare const terminal: TerminalLike;

export async function example(file: File, response: Response): Promise<number> {
  const vm = await Weft.create({
    memory: '1G',
    cpu: 'rv64,zbb=off',
    kernel: new URL('https://example.org/Image.gz'),
    initrd: response.body ?? new Uint8Array(16),
    drives: [file, { file: new ArrayBuffer(512), readonly: true }],
    append: 'console=ttyS0',
    arguments: ['-icount', 'shift=3'],
    files: { '/extra/file': 'file.bin' },
    preload: ['pack.js', { script: 'other.js', data: new Blob([]) }],
    threads: detectFeatures().threads,
    statsInterval: 500,
    onProgress: ({ name, loaded, total }) => console.log(name, loaded, total ?? 'unknown'),
    signal: AbortSignal.timeout(1000),
  });
  const link = vm.console.attach(terminal);
  const remove = vm.on('stats', (stats: Stats) => console.log(stats.mips, stats.modules_live ?? 0));
  vm.on('exit', ({ status, reports }: Exit) => console.log(status, reports.join()));
  vm.on('panic', ({ message }) => console.log(message.length));
  await vm.console.write('uname\n');
  await vm.console.readable.pipeTo(new WritableStream<Uint8Array>());
  await vm.pause();
  await vm.resume();
  await vm.reset();
  console.log(vm.build.threads, (await vm.stats()).guest_insns, vm.lastStats?.mips);
  const disk: Blob = await vm.readFile('/weft/drive0/disk.img');
  remove();
  link.dispose();
  try {
    await vm.powerDown();
  } catch (e) {
    console.log(e instanceof WeftError && e.code);
  }
  await vm.dispose();
  return disk.size + (await vm.exited).status;
}
