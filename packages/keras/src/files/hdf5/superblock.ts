import { KerasFileError } from '../keras-file-error.ts';
import { damaged, type Hdf5Bytes, unsupported } from './bytes.ts';

/**
 * The place of the root group's header. All places count from the superblock, where `bytes` begins: HDF5's base address
 * is that place in every file of h5py.
 */
export function rootAddress(bytes: Hdf5Bytes): number {
  const version = bytes.u8(8);
  if (version > 3) throw unsupported(8, `a superblock of version ${version}`);
  const isOld = version < 2;
  const sizes = isOld ? 13 : 9;
  if (bytes.u8(sizes) !== 8 || bytes.u8(sizes + 1) !== 8) throw unsupported(sizes, 'places of other than 8 bytes');
  const start = isOld ? (version === 0 ? 24 : 28) : 12;
  const base = bytes.u64(start);
  const end = bytes.u64(start + 16) - base;
  if (end > bytes.length) {
    const detail = `says that it has ${end} bytes. Got ${bytes.length}: download or copy it again.`;
    throw new KerasFileError('cut-off', 'the HDF5 file', detail);
  }
  const root = bytes.address(isOld ? start + 40 : start + 24);
  if (root === undefined) throw damaged(start, 'expected a root group.');
  return root;
}
