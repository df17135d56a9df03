import { Weft } from 'weft';

export async function wrong(): Promise<void> {
  const vm = await Weft.create({ kernel: 5 }); // error
  await Weft.create({ colour: 'red' }); // error
  vm.on('noise', () => {}); // error
  new Weft(); // error
  vm.console.write(1); // error
}
