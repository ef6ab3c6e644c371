import { Globe } from 'lucide-react';
import { useState } from 'react';
import { Button, type ButtonProps } from '../../components/button.tsx';
import { Popover } from '../../components/popover.tsx';
import { formatZone } from '../../format/zone-choice.ts';
import { useZone } from '../../stores/settings-store.ts';
import { TimeZonePicker } from './time-zone-picker.tsx';

/** Says in which zone times are shown, and lets one choose another. */
export function TimeZoneMenu({ tone = 'plain' }: Pick<ButtonProps, 'tone'>) {
  const [isOpen, setIsOpen] = useState(false);
  const zone = useZone();
  const text = formatZone(Date.now() * 1000, zone);
  return (
    <Popover
      label="Time zone"
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <Button
          tone={tone}
          aria-label={`Time zone: ${text}`}
          icon={<Globe size={16} strokeWidth={1.75} aria-hidden />}
        >
          {text}
        </Button>
      }
    >
      <TimeZonePicker onChosen={() => setIsOpen(false)} />
    </Popover>
  );
}
